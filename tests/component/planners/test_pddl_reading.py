"""PDDL that others write: their dialects are read, their mistakes named with the place."""

import re
import zlib
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from benchmarks.plan_validator import PlanValidator
from treehand.core.errors import InputError
from treehand.planners import PlanningLimits
from treehand.planners.goals.planning_limits import Deadline, OutOfLimits
from treehand.planners.pddl import PddlPlan, plan_pddl, read_pddl
from treehand.planners.search.tree_search import NotFound

DOMAIN = """; a domain
(define (domain rooms)
  (:requirements :strips :typing :action-costs)
  (:types room - object thing - object key ball - thing)
  (:constants hall - room)
 (:predicates (at ?x - thing ?r - room) (holds ?x - thing) (robot-in ?r - room) (door ?a ?b - room))
  (:functions (total-cost) - number (length ?a ?b - room) - number)
  (:action go :parameters (?a ?b - room)
    :precondition (and (robot-in ?a) (door ?a ?b))
    :effect (and (robot-in ?b) (not (robot-in ?a)) (increase (total-cost) (length ?a ?b))))
  (:action take :parameters (?x - thing ?r - room)
    :precondition (and (robot-in ?r) (at ?x ?r) (not (exists (?y - thing) (holds ?y))))
    :effect (and (holds ?x) (not (at ?x ?r)) (increase (total-cost) 1)))
  (:action drop :parameters (?x - thing ?r - room)
    :precondition (and (robot-in ?r) (holds ?x))
    :effect (and (at ?x ?r) (not (holds ?x)) (increase (total-cost) 1))))
"""
PROBLEM = """(define (problem tidy) (:domain rooms)
  (:objects attic - room k - key b - ball)
  (:init (robot-in hall) (at k hall) (at b attic) (door hall attic) (door attic hall)
         (= (total-cost) 0) (= (length hall attic) 3) (= (length attic hall) 2))
  (:goal (and (at k attic) (forall (?x - ball) (at ?x hall))))
  (:metric minimize (total-cost)))
"""
NETWORK = """(define (domain network)
  (:requirements :adl :derived-predicates)
  (:types line place - object crate person - load)
  (:constants source - place)
  (:predicates (open ?l - line) (joins ?l - line ?a ?b - place) (fed ?a - place) (dark ?a - place)
   (at ?x - (either crate person) ?a - place) (warm ?x - load))
  (:derived (fed ?a - place)
    (or (= ?a source)
        (exists (?l - line ?b - place)
          (and (not (open ?l)) (or (joins ?l ?a ?b) (joins ?l ?b ?a)) (fed ?b)))))
  (:derived (dark ?a - place) (not (fed ?a)))
  (:action open-line :parameters (?l - line) :precondition (not (open ?l))
    :effect (and (open ?l) (forall (?x - load) (when (warm ?x) (not (warm ?x))))))
  (:action close-line :parameters (?l - line) :precondition (open ?l)
    :effect (and (not (open ?l))
      (forall (?x - crate ?a - place) (when (and (at ?x ?a) (fed ?a)) (warm ?x)))))
  (:action carry :parameters (?x - crate ?a ?b - place)
    :precondition (and (at ?x ?a) (imply (fed ?a) (exists (?p - person) (at ?p ?a))))
    :effect (and (at ?x ?b) (not (at ?x ?a)))))
"""
HOUSES = """(define (problem three) (:domain network)
  (:objects l1 l2 l3 - line p1 p2 p3 - place c1 - crate ann - person)
  (:init (joins l1 source p1) (joins l2 p1 p2) (joins l3 p2 p3) (open l1) (open l3)
         (at c1 p2) (at ann source))
  (:goal (and (fed p2) (dark p3) (warm c1)
              (forall (?a - place) (imply (dark ?a) (not (exists (?x - crate) (at ?x ?a))))))))
"""
TOKEN = re.compile(r"[()]|[^\s()]+")


def written(folder: Path, domain: str = DOMAIN, problem: str = PROBLEM) -> tuple[Path, Path]:
    paths = folder / "d.pddl", folder / "p.pddl"
    for path, text in zip(paths, (domain, problem), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def plan_of(folder: Path, domain: str = DOMAIN, problem: str = PROBLEM) -> PddlPlan:
    plan = plan_pddl(read_pddl(*written(folder, domain, problem)))
    assert isinstance(plan, PddlPlan), plan
    return plan


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("; a domain", "\ufeff; a domain"),
        ("; a domain", "; a dom\u00e4n"),
        ("(:types room - object thing - object key", "(:types room thing - object key"),
        ("?x - thing ?r", "?x - (either key ball) ?r"),
        ("(forall (?x - ball)", "(forall (?x - (either ball))"),
        ("(:objects attic", "(:objects hall - room attic"),
        ("(define (problem", "(DEFINE (Problem"),
        ("(robot-in ?a) (door ?a ?b)", "(robot-in?a) (door ?a?b)"),
        (
            ":precondition (and (robot-in ?r) (holds ?x))",
            ":precondition (and (holds ?x) (robot-in ?r) (and))",
        ),
        ("(:metric", "(:length (:serial 9)) (:metric"),
        ("(door hall attic)", "(door hall attic) (door hall attic) (not (door hall hall))"),
    ],
)
def test_a_dialect_makes_no_difference(tmp_path, old, new):
    domain, problem = DOMAIN.replace(old, new), PROBLEM.replace(old, new)
    assert (domain, problem) != (DOMAIN, PROBLEM)
    plan = plan_of(tmp_path, domain, problem)
    assert plan.cost == plan.bound == 9
    assert plan.actions == plan_of(tmp_path).actions


def test_a_latin_1_comment_is_read(tmp_path):
    paths = written(tmp_path)
    paths[0].write_bytes(b"; \xe4\n" + DOMAIN.encode())
    assert isinstance(plan_pddl(read_pddl(*paths)), PddlPlan)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        (
            "(at b attic)",
            "(at attic attic)",
            "p.pddl:3:42",
            "'attic' is of type 'room'; 'at' takes 'thing'",
        ),
        (
            "k - key b - ball",
            "k - key b",
            "p.pddl:3:42",
            "'b' is of type 'object'; 'at' takes 'thing'",
        ),
        ("(at b attic)", "(at b atic)", "p.pddl:3:44", "the object 'atic' is not declared"),
        ("(at b attic)", "(att b attic)", "p.pddl:3:39", "the predicate 'att' is not declared"),
        ("b - ball", "b - bal", "p.pddl:2:38", "the type 'bal' is not declared"),
        (":strips", ":stripes", "d.pddl:3:18", "':stripes' is no requirement of PDDL"),
        (
            "(:objects attic - room",
            "(:objects hall - key attic - room",
            "p.pddl:2:13",
            "again as 'key'",
        ),
        ("hall - room)", "hall hall - room)", "d.pddl:5:20", "'hall' is listed twice"),
        ("k - key b", "k k - key b", "p.pddl:2:28", "'k' is listed twice"),
        ("(:types room", "(:types room room", "d.pddl:4:16", "'room' is declared as a type twice"),
        ("room - object", "room - object object", "d.pddl:4:25", "the type of everything"),
        ("- object key", "- objectx key", "d.pddl:4:33", "much like 'object'"),
        (
            "hall - room)",
            "hall - room room)",
            "d.pddl:5:27",
            "'room' is an object here, and a type",
        ),
        ("k - key b", "k key b", "p.pddl:2:28", "'key' is an object here, and a type"),
        (
            "(at ?x - thing ?r - room) (h",
            "(at ?x - (either thing thing) ?r - room) (h",
            "d.pddl:6:38",
            "twice among the types of '?x'",
        ),
        (
            "(door hall attic)",
            "(door attic hall)",
            "p.pddl:3:70",
            "the fact '(door attic hall)' is listed twice",
        ),
    ],
)
def test_what_other_planners_pass_over_is_a_warning(tmp_path, old, new, where, what):
    texts = DOMAIN.replace(old, new), PROBLEM.replace(old, new)
    assert texts != (DOMAIN, PROBLEM)
    problem = read_pddl(*written(tmp_path, *texts))
    assert any(where in str(one.span) and what in one.message for one in problem.warnings)
    assert isinstance(plan_pddl(problem), PddlPlan | NotFound)


def test_a_value_for_an_object_that_is_not_there_is_a_warning(tmp_path):
    problem = PROBLEM.replace("hall attic) 3", "hal attic) 3")
    (warning,) = read_pddl(*written(tmp_path, problem=problem)).warnings
    assert (warning.span.line, warning.span.column) == (4, 33)
    assert "the object 'hal' is not declared" in warning.message


def test_an_object_of_the_problem_in_an_action_is_a_warning(tmp_path):
    """Other planners go on with it."""
    domain = DOMAIN.replace("(:constants hall - room)", "")
    domain = domain.replace("(robot-in ?r) (holds ?x))", "(robot-in ?r) (holds ?x) (door hall ?r))")
    objects = PROBLEM.replace("attic - room", "attic hall - room")
    problem = read_pddl(*written(tmp_path, domain, objects))
    (warning,) = problem.warnings
    assert "'hall' is no constant of the domain" in warning.message
    assert (warning.span.line, warning.span.file.endswith("d.pddl")) == (15, True)
    assert isinstance(plan_pddl(problem), NotFound)
    swapped = domain.replace("(door hall ?r)", "(not (door ?r ?r)) (not (= hall k))")
    assert isinstance(plan_pddl(read_pddl(*written(tmp_path, swapped, objects))), PddlPlan)


def test_an_ill_typed_fact_serves_no_action(tmp_path):
    """Other planners read such a fact and never use it."""
    texts = DOMAIN, PROBLEM.replace("(at b attic)", "(at hall attic)")
    result = plan_pddl(read_pddl(*written(tmp_path, *texts)))
    assert isinstance(result, NotFound)
    assert result.is_proven


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("(:action go", "(:durative-action go", "d.pddl:8:3", "take time"),
        ("(door ?a ?b))\n", "(door ?a ?b) (< (length ?a ?b) 9))\n", "d.pddl:9:51", "numbers"),
        ("(increase (total-cost) 1)", "(assign (total-cost) 1)", "d.pddl:13:46", "number"),
        ("(door attic hall)", "(at 5 (door attic hall))", "p.pddl:3:69", "at a time"),
        ("minimize", "maximize", "p.pddl:6:21", "maximize"),
        ("k - key", "k - (either key ball)", "p.pddl:2:26", "several types"),
        ("key ball - thing", "key ball - thing thing - key", "d.pddl:4:25", "a kind of itself"),
    ],
)
def test_what_is_not_read_is_named_at_its_place(tmp_path, old, new, where, what):
    texts = DOMAIN.replace(old, new), PROBLEM.replace(old, new)
    assert texts != (DOMAIN, PROBLEM)
    with pytest.raises(InputError) as error:
        read_pddl(*written(tmp_path, *texts))
    assert where in str(error.value)
    assert what in str(error.value)


def mutants(text: str):
    """Yield a text with one token deleted, doubled, renamed, or swapped with the next."""
    spans = [match.span() for match in TOKEN.finditer(text)]
    for (a, b), (c, d) in zip(spans, [*spans[1:], (len(text), len(text))], strict=True):
        yield text[:a] + text[b:]
        yield text[:b] + " " + text[a:b] + text[b:]
        yield text[:b] + "x" + text[b:]
        yield text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def broken(share: int):
    """Yield domain and problem with one mistake; one of `share` of all mistakes."""
    for sound, asked in ((DOMAIN, PROBLEM), (NETWORK, HOUSES)):
        pairs = [(domain, asked) for domain in mutants(sound)]
        pairs += [(sound, problem) for problem in mutants(asked)]
        yield from (p for p in pairs if zlib.crc32("".join(p).encode()) % share == 0)


def require_messages(folder: Path, share: int) -> None:
    for domain, problem in broken(share):
        try:
            read_pddl(*written(folder, domain, problem))
        except InputError as error:
            for one in error.findings:
                assert one.code in ("wrong-pddl", "unsupported-pddl")
                assert one.span is not None, one
                text = domain if one.span.file.endswith("d.pddl") else problem
                lines = text.splitlines()
                assert one.span.line <= len(lines), one
                assert one.span.column <= len(lines[one.span.line - 1]), one
                assert not re.search(r"Error|Exception|None|object at", one.message), one
                assert not re.search(r" has \d", one.message), one  # what is, or what is due?


@pytest.mark.parametrize(
    ("old", "new", "what", "hint"),
    [
        ("(holds ?y)", "(holds)", "'holds' takes 1 argument, not 0", "'(holds ?x)'"),
        ("(and (robot-in", "(and and (robot-in", "'and' is no condition", "it begins a list"),
    ],
)
def test_a_wrong_token_has_a_hint_that_mends_it(tmp_path, old, new, what, hint):
    domain = DOMAIN.replace(old, new, 1)
    assert domain != DOMAIN
    with pytest.raises(InputError) as error:
        read_pddl(*written(tmp_path, domain))
    (first, *_) = error.value.findings
    assert what in first.message
    assert hint in (first.hint or "")


@pytest.mark.slow
def test_an_enormous_file_is_refused_before_it_fills_the_memory(tmp_path):
    with pytest.raises(InputError, match="more than 600,000 names and brackets"):
        read_pddl(*written(tmp_path, "(define (domain d) (:predicates " + "(p) " * 250_000))


def test_one_wrong_token_is_told_in_plain_words_at_a_place(tmp_path):
    require_messages(tmp_path, 12)


@pytest.mark.slow
def test_every_wrong_token_is_told_in_plain_words_at_a_place(tmp_path):
    require_messages(tmp_path, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ")",
        "(",
        "(define)",
        "(define (domain))",
        "()",
        "; only",
        "x",
        "(((",
        "(define (domain d)) (",
        "(" * 5000,
        "(define (domain d) (:action))",
        "(define (domain d) (:action a :effect))",
        "\x00",
        "(define (domain d) ())",
        "(define (domain d) (:types -))",
        "(define (domain d) (:types a - (b)))",
        "(define (domain 😀))",
    ],
)
def test_a_broken_file_ends_in_a_message(tmp_path, text):
    with pytest.raises(InputError) as error:
        read_pddl(*written(tmp_path, text))
    assert "d.pddl:1:" in str(error.value) or "p.pddl" in str(error.value)


def test_files_in_the_wrong_order_are_told(tmp_path):
    first, second = written(tmp_path)
    with pytest.raises(InputError, match="this is a problem, not a domain"):
        read_pddl(second, first)


@pytest.mark.slow
def test_a_quantified_goal_is_grounded_through_what_never_changes(tmp_path):
    count = 60
    rooms = " ".join(f"r{n}" for n in range(count))
    goal = "(forall (?a ?b ?c - room) (imply (and (door ?a ?b) (door ?b ?c)) (robot-in attic)))"
    problem = PROBLEM.replace("attic - room", f"attic {rooms} - room").replace(
        "(and (at k attic) (forall (?x - ball) (at ?x hall)))",
        goal.replace("?c - room", "?c - room"),
    )
    assert plan_of(tmp_path, problem=problem).actions == ("(go hall attic)",)
    more = problem.replace("(door ?a ?b) (door ?b ?c)", "(robot-in ?a) (robot-in ?b)")
    with pytest.raises(
        InputError, match=r"p\.pddl:5:\d+: unsupported-pddl: the goal has more than"
    ):
        read_pddl(*written(tmp_path, problem=more))


def test_limits_of_time_and_memory_end_the_search_undecided(tmp_path):
    problem = read_pddl(*written(tmp_path))
    for limits, why in (
        (PlanningLimits(max_s=1e-9), "not decided in 1e-09 s"),
        (PlanningLimits(max_mib=1.0), "not decided with 1 MiB of memory"),
    ):
        result = plan_pddl(problem, deadline=limits.begin())
        assert isinstance(result, NotFound)
        assert not result.is_proven
        assert result.why == why


class Counting(Deadline):
    """A deadline that is over after so many looks at it."""

    def __init__(self, looks):
        super().__init__()
        self.left = looks

    def check(self):
        self.left -= 1
        if self.left < 0:
            raise OutOfLimits("in 1 s")


def test_reading_looks_at_the_deadline_for_every_word_and_fact(tmp_path):
    facts = " ".join(f"(at k{n} attic)" for n in range(100))
    things = " ".join(f"k{n}" for n in range(100))
    problem = PROBLEM.replace("k - key", f"k {things} - key").replace("(:init", f"(:init {facts}")
    paths = written(tmp_path, problem=problem)
    enough = Counting(1_000_000)
    read_pddl(*paths, enough)
    looks = 1_000_000 - enough.left
    assert looks > 500 + 3 * 100  # words, then facts that are parsed, checked and taken in
    for share in (0.1, 0.5, 0.9, 0.99):
        with pytest.raises(OutOfLimits):
            read_pddl(*paths, Counting(int(looks * share)))


def test_old_files_may_begin_with_their_package_and_have_variables_beside_parameters(tmp_path):
    domain = DOMAIN.replace(
        ":parameters (?x - thing ?r - room)", ":parameters (?x - thing) :vars (?r - room)"
    )
    paths = written(tmp_path, f'(in-package "PDDL")\n{domain}', PROBLEM)
    plan = plan_pddl(read_pddl(*paths))
    assert isinstance(plan, PddlPlan)
    assert "(take k hall)" in plan.actions
    assert PlanValidator(*paths).problem_of(plan.actions) is None
    wrong = domain.replace(":vars (?r - room)", ":vars ?r")
    with pytest.raises(InputError, match="':vars' is a list"):
        read_pddl(*written(tmp_path, wrong, PROBLEM))


def test_derived_predicates_are_true_where_their_axioms_say(tmp_path):
    plan = plan_of(tmp_path, NETWORK, HOUSES)
    validator = PlanValidator(*written(tmp_path, NETWORK, HOUSES))
    assert validator.problem_of(plan.actions) is None
    assert validator.problem_of(plan.actions[:-1]) == "no goal"


def test_axioms_that_rest_on_themselves_mean_their_least_fixpoint(tmp_path):
    """Cycles of lines feed nobody: compared with a fixpoint that shares no code with the reader."""
    random, seen = Random(7), set()
    for _ in range(40):
        places = ["source", "p1", "p2", "p3"]
        lines = "".join(f"(joins l{n} {' '.join(random.sample(places, 2))})" for n in (1, 2, 3))
        goal = "(and (dark p1) (fed p2))"
        problem = f"""(define (problem x) (:domain network)
            (:objects l1 l2 l3 - line p1 p2 p3 - place) (:init {lines}) (:goal {goal}))"""
        files = written(tmp_path, NETWORK, problem)
        read = read_pddl(*files)
        holds = PlanValidator(*files).problem_of([]) is None
        assert (read.goal.holds(read.planning.facts) is True) == holds
        seen.add(holds)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        (
            "(not (fed ?a))",
            "(not (dark ?a))",
            "d.pddl:11:14",
            "'dark' is derived from its own opposite",
        ),
        (
            "(and (open ?l) (forall",
            "(and (fed source) (forall",
            "d.pddl:13:19",
            "'fed' is derived; an action",
        ),
        (
            "(not (fed ?a))",
            "",
            "d.pddl:11:3",
            "'(:derived …)' takes a predicate and a condition, not 1 part",
        ),
        (
            "(:derived (dark",
            "(:derived (dim",
            "d.pddl:11:14",
            "the predicate 'dim' is not declared",
        ),
        (
            "(dark ?a - place) (not",
            "(dark ?a ?b - place) (not",
            "d.pddl:11:14",
            "'dark' takes 1 argument, not 2",
        ),
    ],
)
def test_a_mistake_in_an_axiom_has_its_place(tmp_path, old, new, where, what):
    domain = NETWORK.replace(old, new)
    assert domain != NETWORK
    with pytest.raises(InputError) as error:
        read_pddl(*written(tmp_path, domain, HOUSES))
    assert where in str(error.value)
    assert what in str(error.value)


def test_a_derived_fact_at_the_start_is_left_out(tmp_path):
    files = written(tmp_path, NETWORK, HOUSES.replace("(:init", "(:init (dark p1)"))
    (warning,) = read_pddl(*files).warnings
    assert "'dark' is derived; the fact is left out" in str(warning)


@pytest.mark.slow
def test_axioms_that_make_a_condition_too_long_are_refused_at_its_place(tmp_path):
    places = " ".join(f"p{n}" for n in range(8))
    lines = " ".join(f"l{n}" for n in range(28))
    pairs = combinations(places.split(), 2)
    joined = " ".join(f"(joins l{n} {a} {b})" for n, (a, b) in enumerate(pairs))
    problem = f"""(define (problem x) (:domain network)
      (:objects {lines} - line {places} - place) (:init {joined}) (:goal (fed p1)))"""
    with pytest.raises(
        InputError, match=r"p\.pddl:2:\d+: unsupported-pddl: derived predicates make"
    ):
        read_pddl(*written(tmp_path, NETWORK, problem))


def test_a_cost_without_a_value_matters_only_to_plans_that_need_it(tmp_path):
    """Competition files leave out the costs of what no action can do."""
    problem = PROBLEM.replace("(door attic hall)", "").replace("(= (length attic hall) 2)", "")
    problem = problem.replace("(at b attic)", "(at b hall)")
    assert plan_of(tmp_path, problem=problem).cost == 5
    with pytest.raises(InputError, match=r"the cost '\(length attic hall\)' has no value"):
        plan_of(tmp_path, problem=PROBLEM.replace("(= (length attic hall) 2)", ""))
