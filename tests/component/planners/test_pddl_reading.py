"""PDDL that others write: their dialects are read, their mistakes named with the place."""

import re
import zlib
from pathlib import Path

import pytest

from treehand.core.errors import InputError
from treehand.planners import PlanningLimits
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
        ("b - ball", "b - bal", "p.pddl:2:38", "the type 'bal' is not declared"),
        (":strips", ":stripes", "d.pddl:3:18", "':stripes' is no requirement of PDDL"),
        (
            "(:objects attic - room",
            "(:objects hall - key attic - room",
            "p.pddl:2:13",
            "again as 'key'",
        ),
    ],
)
def test_what_other_planners_pass_over_is_a_warning(tmp_path, old, new, where, what):
    texts = DOMAIN.replace(old, new), PROBLEM.replace(old, new)
    assert texts != (DOMAIN, PROBLEM)
    problem = read_pddl(*written(tmp_path, *texts))
    assert any(where in str(one.span) and what in one.message for one in problem.warnings)
    assert isinstance(plan_pddl(problem), PddlPlan | NotFound)


def test_an_ill_typed_fact_serves_no_action(tmp_path):
    """Other planners read such a fact and never use it."""
    texts = DOMAIN, PROBLEM.replace("(at b attic)", "(at hall attic)")
    result = plan_pddl(read_pddl(*written(tmp_path, *texts)))
    assert isinstance(result, NotFound)
    assert result.is_proven


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        (
            "(:functions",
            "(:derived (far ?r - room) (not (robot-in ?r))) (:functions",
            "d.pddl:7:3",
            "derived",
        ),
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
    for domain in mutants(DOMAIN):
        if zlib.crc32(domain.encode()) % share == 0:
            yield domain, PROBLEM
    for problem in mutants(PROBLEM):
        if zlib.crc32(problem.encode()) % share == 0:
            yield DOMAIN, problem


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


def test_one_wrong_token_is_told_in_plain_words_at_a_place(tmp_path):
    require_messages(tmp_path, 5)


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


def test_a_quantified_goal_is_grounded_through_what_never_changes(tmp_path):
    count = 60
    rooms = " ".join(f"r{n}" for n in range(count))
    goal = "(forall (?a ?b ?c - room) (imply (and (door ?a ?b) (door ?b ?c)) (robot-in attic)))"
    problem = PROBLEM.replace("attic - room", f"attic {rooms} - room").replace(
        "(and (at k attic) (forall (?x - ball) (at ?x hall)))",
        goal.replace("?c - room", "?c - room"),
    )
    with pytest.raises(
        InputError, match=r"p\.pddl:5:\d+: unsupported-pddl: the goal has more than"
    ):
        read_pddl(*written(tmp_path, problem=problem))
    fewer = problem.replace(rooms, " ".join(rooms.split()[:30]))
    assert plan_of(tmp_path, problem=fewer).actions == ("(go hall attic)",)


def test_limits_of_time_and_memory_end_the_search_undecided(tmp_path):
    problem = read_pddl(*written(tmp_path))
    for limits, why in (
        (PlanningLimits(max_s=1e-9), "not decided in 1e-09 s"),
        (PlanningLimits(max_mib=1.0), "not decided with 1 MiB of memory"),
    ):
        result = plan_pddl(problem, limits=limits)
        assert isinstance(result, NotFound)
        assert not result.is_proven
        assert result.why == why
