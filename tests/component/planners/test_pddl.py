"""PDDL in and out; third-party readers and validators judge what we write."""

import json
from pathlib import Path

import pytest

from tests.calling import called
from tests.conftest import believe
from treehand.core.errors import InputError
from treehand.skills.domain import parse_formula
from treehand.trees import TreeLibrary, check_tree, parse_tree, tree_to_yaml

pytest.importorskip("unified_planning", reason="needs the extra [pddl]")
import unified_planning.shortcuts as up
from unified_planning.io import PDDLReader
from unified_planning.plans import ActionInstance, SequentialPlan

from treehand.planners.pddl import PddlPlan, plan_pddl, read_pddl
from treehand.planners.pddl.writer import write_pddl
from treehand.planners.search import Effort
from treehand.planners.search.tree_search import NotFound

pytestmark = pytest.mark.filterwarnings("ignore")  # the validator's own

DOMAIN = """
(define (domain blocks-world)
  (:requirements :strips :typing :equality :negative-preconditions :action-costs)
  (:types block - object)
  (:constants table-leg - block)
  (:predicates (on ?x ?y - block) (on-table ?x - block) (clear ?x - block) (arm-empty)
               (holding ?x - block) (Forall ?x - block))
  (:functions (weight ?x - block) - number (total-cost) - number)
  (:action pick-up :parameters (?x - block)
    :precondition (and (clear ?x) (on-table ?x) (arm-empty))
    :effect (and (not (on-table ?x)) (not (clear ?x)) (not (arm-empty)) (holding ?x)
                 (increase (total-cost) (weight ?x))))
  (:action put-down :parameters (?x - block) :precondition (holding ?x)
    :effect (and (not (holding ?x)) (clear ?x) (arm-empty) (on-table ?x)
                 (increase (total-cost) 1)))
  (:action stack :parameters (?x ?y - block)
    :precondition (and (holding ?x) (clear ?y) (not (= ?x ?y)) (not (on-table ?x)))
    :effect (and (not (holding ?x)) (not (clear ?y)) (clear ?x) (arm-empty) (on ?x ?y)
                 (increase (total-cost) 1)))
  (:action unstack :parameters (?x ?y - block)
    :precondition (and (on ?x ?y) (clear ?x) (arm-empty))
    :effect (and (holding ?x) (clear ?y) (not (clear ?x)) (not (arm-empty)) (not (on ?x ?y))
                 (increase (total-cost) (weight ?x)))))
"""
PROBLEM = """
(define (problem sussman) (:domain blocks-world) (:objects A B C - block)
  (:init (on-table A) (on-table B) (on C A) (clear C) (clear B) (arm-empty)
         (= (weight A) 4) (= (weight B) 2) (= (weight C) 1) (= (weight table-leg) 9)
         (= (total-cost) 0))
  (:goal {goal}) (:metric minimize (total-cost)))
"""
SUSSMAN = "(and (on A B) (on B C))"


def files(tmp_path: Path, goal: str = SUSSMAN, domain: str = DOMAIN, problem: str = PROBLEM):
    paths = tmp_path / "domain.pddl", tmp_path / "problem.pddl"
    paths[0].write_text(domain)
    paths[1].write_text(problem.replace("{goal}", goal))
    return paths


def is_valid(domain: Path, problem: Path, actions: tuple[str, ...]) -> bool:
    """Return what a third party's validator says of a plan."""
    up.get_environment().credits_stream = None
    read = PDDLReader().parse_problem(str(domain), str(problem))
    steps = []
    for text in actions:
        name, *things = text.strip("()").split()
        steps.append(ActionInstance(read.action(name), tuple(map(read.object, things))))
    with up.SequentialSimulator(read) as simulator:
        state = simulator.get_initial_state()
        for step in steps:
            state = simulator.apply(state, step.action, step.actual_parameters)
            if state is None:
                return False
        return bool(simulator.is_goal(state)) and SequentialPlan(steps) is not None


@pytest.mark.parametrize(
    ("goal", "cost"),
    [
        (SUSSMAN, 10.0),
        ("(and (on-table A) (not (clear B)))", 2.0),
        ("(forall (?b - block) (or (= ?b table-leg) (on-table ?b)))", 2.0),
        ("(exists (?b - block) (and (on ?b A) (not (= ?b C))))", 5.0),
        ("(imply (arm-empty) (holding C))", 1.0),
        ("(and)", 0.0),
    ],
)
def test_a_problem_is_read_and_its_cheapest_plan_is_valid(tmp_path, goal, cost):
    paths = files(tmp_path, goal)
    plan = plan_pddl(read_pddl(*paths))
    assert isinstance(plan, PddlPlan)
    assert plan.cost == plan.bound == cost
    assert is_valid(*paths, plan.actions)


def test_the_tree_is_one_that_our_own_checker_takes(tmp_path):
    problem = read_pddl(*files(tmp_path))
    plan = plan_pddl(problem)
    assert isinstance(plan, PddlPlan)
    tree = parse_tree(tree_to_yaml(plan.tree), file="plan.tree.yaml")
    assert not check_tree(
        tree, problem.planning.domain, problem.planning.vocabulary, TreeLibrary({})
    )
    assert {"on_b_c"} == set(tree.subtrees)


def test_what_cannot_be_had_is_said_to_be_proven(tmp_path):
    result = plan_pddl(read_pddl(*files(tmp_path, "(and (on A B) (on B A))")))
    assert isinstance(result, NotFound)
    assert result.is_proven


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("(on-table ?x)", "(on-tabel ?x)", "domain.pddl:", "on-tabel"),
        ("(= ?x ?y)", "(= ?x table)", "domain.pddl:17:", "did you mean 'table-leg'"),
        ("(and (holding ?x) (clear ?y)", "(and (holding ?z) (clear ?y)", "domain.pddl:17:", "z"),
        ("(:constants", "(:constantz", "domain.pddl:5:", "':constants'"),
        ("(= (weight B) 2)", "", "problem.pddl:3:", "(weight b)"),
        ("(increase (total-cost) 1)", "(decrease (total-cost) 1)", "domain.pddl:15:18", "number"),
    ],
)
def test_a_mistake_is_shown_with_its_place(tmp_path, old, new, where, what):
    domain, problem = DOMAIN.replace(old, new), PROBLEM.replace(old, new)
    with pytest.raises(InputError) as error:
        plan_pddl(read_pddl(*files(tmp_path, domain=domain, problem=problem)))
    assert where in str(error.value)
    assert what in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("(:domain blocks-world)", "(:domain blocks)", "problem.pddl:2:36", "'blocks-world'"),
        ("(= (weight B) 2)", "(= (weight B) -2)", "problem.pddl:4:31", "negative"),
        ("(:domain", "(:domian", "problem.pddl:2:27", "':domain'"),
        (
            "(:metric",
            "(:constraints (always (arm-empty))) (:metric",
            "problem.pddl:6:",
            "constraints",
        ),
    ],
)
def test_a_mistake_is_laid_to_the_right_file(tmp_path, old, new, where, what):
    domain, problem = DOMAIN.replace(old, new), PROBLEM.replace(old, new)
    with pytest.raises(InputError) as error:
        plan_pddl(read_pddl(*files(tmp_path, domain=domain, problem=problem)))
    assert where in str(error.value)
    assert what in str(error.value)


BOXES = """
(define (domain boxes)
  (:requirements :adl)
  (:types item box place - object crate - (either item box))
  (:predicates (at ?x - (either item box) ?p - place) (in ?i - item ?b - box) (open ?b - box)
               (fragile ?i - item) (broken ?i - item) (near ?p ?q - place))
  (:action push :parameters (?b - box ?from ?to - place)
    :precondition (and (at ?b ?from) (near ?from ?to))
    :effect (and (not (at ?b ?from)) (at ?b ?to)
      (forall (?i - item) (when (in ?i ?b) (and (not (at ?i ?from)) (at ?i ?to)
        (when (and (fragile ?i) (open ?b)) (broken ?i)))))))
  (:action put :parameters (?i - item ?b - box ?p - place)
    :precondition (and (at ?i ?p) (at ?b ?p) (not (= ?i ?b))) :effect (in ?i ?b))
  (:action shut :parameters (?b - box) :precondition (open ?b)
    :effect (when (open ?b) (not (open ?b)))))
"""
BOXED = """
(define (problem move) (:domain boxes)
  (:objects vase cup - item b1 b2 - box c - crate here there yonder - place)
  (:init (at vase here) (at cup here) (at b1 here) (at b2 there) (at c here) (open b1) (open c)
         (fragile vase) (near here there) (near there yonder))
  (:goal (and (at vase yonder) (at cup there) (forall (?i - item) (not (broken ?i))))))
"""


def test_effects_on_a_condition_and_types_of_either_kind_are_planned(tmp_path):
    """The vase must go in a box that is shut, and the cup must leave it on the way."""
    paths = files(tmp_path, domain=BOXES, problem=BOXED)
    problem = read_pddl(*paths)
    plan = plan_pddl(problem)
    assert isinstance(plan, PddlPlan)
    assert any(step.startswith("(shut") for step in plan.actions)
    # The other reader knows no `either`, and of a `when` in a `when` it forgets the outer one.
    plainer = BOXES.replace("(either item box)", "object").replace(
        "item box place - object crate - object", "item place box - object"
    )
    nested = "(when (and (fragile ?i) (open ?b)) (broken ?i))"
    assert nested in plainer
    paths[0].write_text(
        plainer.replace(nested, "").replace(
            "(forall (?i",
            "(forall (?i - item) (when (and (in ?i ?b) (fragile ?i) (open ?b)) (broken ?i)))"
            " (forall (?i",
            1,
        )
    )
    paths[1].write_text(BOXED.replace("c - crate", "c - box"))
    assert is_valid(*paths, plan.actions)


def test_costs_without_a_metric_count_steps(tmp_path):
    problem = PROBLEM.replace("(:metric minimize (total-cost))", "").replace(
        "(= (total-cost) 0)", ""
    )
    plan = plan_pddl(read_pddl(*files(tmp_path, problem=problem)))
    assert isinstance(plan, PddlPlan)
    assert plan.cost == len(plan.actions) == 6


def test_no_object_is_taken_for_a_variable(tmp_path):
    paths = files(
        tmp_path,
        domain="""(define (domain d) (:requirements :strips :typing :equality)
            (:types block) (:constants v0_x - block) (:predicates (done ?x - block))
            (:action mark :parameters (?x - block) :precondition (not (= ?x v0_x))
              :effect (done v0_x)))""",
        problem="""(define (problem p) (:domain d) (:objects b1 - block) (:init)
            (:goal (done v0_x)))""",
    )
    plan = plan_pddl(read_pddl(*paths))
    assert isinstance(plan, PddlPlan)
    assert plan.actions == ("(mark b1)",)


def test_a_long_plan_becomes_a_plain_sequence(tmp_path):
    count = 130
    roads = " ".join(f"(road l{n} l{n + 1})" for n in range(count))
    names = " ".join(f"l{n}" for n in range(count + 1))
    paths = files(
        tmp_path,
        domain="""(define (domain d) (:requirements :strips) (:predicates (at ?x) (road ?x ?y))
            (:action move :parameters (?a ?b) :precondition (and (at ?a) (road ?a ?b))
              :effect (and (at ?b) (not (at ?a)))))""",
        problem=f"""(define (problem p) (:domain d) (:objects {names}) (:init {roads} (at l0))
            (:goal (at l{count})))""",
    )
    plan = plan_pddl(read_pddl(*paths))
    assert isinstance(plan, PddlPlan)
    assert len(plan.actions) == count
    assert "do: move(l0, l1)" in tree_to_yaml(plan.tree)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read '.*nothing.pddl'"):
        read_pddl(tmp_path / "nothing.pddl", tmp_path / "problem.pddl")


@pytest.mark.slow
@pytest.mark.parametrize(
    "goal",
    [
        "in(milk, fridge) and not is_open(fridge)",
        "holding(red_mug) and not is_open(cupboard)",
        "forall d in tableware where not clean(d) -> in(d, dishwasher)",
        "exists m in mug -> in(m, sink)",
        "count p in plate where in(p, dishwasher) >= 2",
    ],
)
def test_our_own_problem_is_written_and_the_plan_for_it_is_valid(session, tmp_path, goal):
    facts = session.world_model.facts
    believe(facts, "in(blue_mug, cupboard)", "located(blue_mug)", "not clean(blue_mug)")
    write_pddl(session.world_model.planning_problem, parse_formula(goal), tmp_path / "out")
    paths = tmp_path / "out" / "domain.pddl", tmp_path / "out" / "problem.pddl"
    plan = plan_pddl(read_pddl(*paths), Effort())
    assert isinstance(plan, PddlPlan)
    assert is_valid(*paths, plan.actions)


@pytest.mark.slow
def test_the_actions_of_an_ordinary_plan_suit_the_files_written_beside_it(tmp_path):
    done = called("plan", "put the milk in the fridge", "--json", "--pddl-out", tmp_path)
    assert done.code == 0, done.err
    actions = tuple(json.loads(done.out)["actions"])
    assert actions[-1] == "(put_in milk fridge)"
    assert is_valid(tmp_path / "domain.pddl", tmp_path / "problem.pddl", actions)
