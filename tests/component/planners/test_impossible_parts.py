"""Parts of goals that are found out of reach without a rollout, and what is given up for them."""

import random
from dataclasses import replace

import pytest

import treehand as th
from benchmarks.copied_scene import write_copied_scene
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.people.approval import Approval
from treehand.orchestrator.running.active_plan import ActivePlan
from treehand.orchestrator.running.recovering.recovery_levels import ReplanLevel
from treehand.orchestrator.running.watching.run_clock import GoalTimer
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Goal, Infeasible, Plan
from treehand.planners.impossible_parts import ImpossibleParts
from treehand.planners.search.tree_search import Found, search
from treehand.skills import FailureCode
from treehand.skills.domain import Atom, Call, Fact, Facts, Percept, parse_formula
from treehand.trees import Blockage

LITERALS = [
    "in(glass, dishwasher)",
    "in(red_mug, dishwasher)",
    "clean(plate_1)",
    "on(blue_mug, table)",
    "in(milk, fridge)",
    "in(can, bin)",
    "wiped(counter)",
    "holding(apple)",
    "not is_open(drawer)",
    "not broken(bowl_1)",
    "is_on(left_knob)",
    "in(sponge, drawer)",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    path = write_copied_scene(1, tmp_path_factory.mktemp("home"))
    deployment = Deployment.load(DeploymentOverrides(scene=path))
    return Robot(deployment, workspace=None, settings=RobotSettings(keeps_orders=False))


def goal_of(text):
    return Goal(text=text, formula=parse_formula(text), words=text)


def seen(text):
    atom = parse_formula(text)
    return Percept(atom.fact, atom.positive, "a test", 0.0)


def where(problem, *literals):
    facts = problem.facts.copy()
    facts.observe([seen(text) for text in literals])
    return replace(problem, facts=facts)


def is_impossible(problem, text):
    return ImpossibleParts(problem).is_impossible(goal_of(text))


def drawn(problem, dice):
    """Return a problem in which some things are broken, moved, forgotten, open or held."""
    facts = problem.facts.copy()
    things = [*facts.objects("tableware"), *facts.objects("food"), *facts.objects("rubbish")]
    for thing in dice.sample(things, 5):
        change = dice.choice(("broken", "moved", "lost", "held"))
        if change == "broken":
            facts.observe([seen(f"broken({thing})")])
        elif change == "moved":
            facts.observe([seen(f"on({thing}, {dice.choice(('table', 'floor', 'counter'))})")])
        elif change == "held" and facts.value(Fact("hand_empty", ())):
            facts.observe([seen(f"holding({thing})")])
        elif change == "lost":
            for fact in [one for one in facts.true_facts() if one.terms[:1] == (thing,)]:
                if fact.predicate in ("on", "in"):
                    facts.observe([Percept(fact, False, "a test", 0.0)])
    for place in dice.sample(["fridge", "drawer", "dishwasher", "cupboard"], 2):
        facts.observe([seen(f"is_open({place})")])
    return replace(problem, facts=facts)


@pytest.mark.parametrize("seed", range(12))
def test_what_a_search_reaches_is_never_called_impossible(home, seed):
    dice = random.Random(seed)
    problem = drawn(home.world.planning_problem, dice)
    for text in dice.sample(LITERALS, 4):
        if is_impossible(problem, text):
            assert not isinstance(search(problem, parse_formula(text)), Found), text


def test_most_of_what_a_search_cannot_reach_is_called_impossible(home):
    problem = where(home.world.planning_problem, "broken(glass)")
    assert is_impossible(problem, "in(glass, dishwasher)")
    assert is_impossible(problem, "not broken(glass)")
    assert not is_impossible(problem, "in(glass, bin)")
    assert not is_impossible(problem, "in(red_mug, dishwasher)")


SEEDLINGS = """\
domain: seedlings
types: {pot: null, bench: null}
predicates:
  dry: {params: {pot: pot}, say: "{pot} is dry"}
  watered: {params: {pot: pot}, say: "{pot} is watered", phrases: ["water {pot}"]}
  on: {params: {pot: pot, bench: bench}, say: "{pot} is on {bench}"}
  sold: {params: {pot: pot}, say: "{pot} is sold", phrases: ["sell {pot}"]}
exclusive: [["on(pot, _)"]]
skills:
  water: {params: {pot: pot}, preconditions: ["dry(pot)"], effects: ["watered(pot)"]}
  sell:
    params: {pot: pot, bench: bench}
    preconditions: ["on(pot, bench)"]
    effects: ["sold(pot)"]
  nudge: {params: {pot: pot}, side_effects: ["not on(pot, _)"]}
"""


@pytest.fixture
def seedlings(tmp_path):
    """Pots that no skill dries or carries; a nudged one may be on any bench."""
    (tmp_path / "seedlings.domain.yaml").write_text(SEEDLINGS)
    (tmp_path / "sill.scene.yaml").write_text(
        "scene: sill\ndomain: seedlings\nobjects:\n  basil: {type: pot}\n  mint: {type: pot}\n"
        "  north: {type: bench}\n  south: {type: bench}\n"
    )
    config = tmp_path / "treehand.yaml"
    config.write_text("world: paper\ndomain: seedlings.domain.yaml\nscene: sill.scene.yaml\n")
    problem = th.open(config).world.planning_problem
    return replace(problem, facts=Facts(problem.vocabulary))


def test_what_may_come_to_light_is_not_impossible(seedlings):
    unwatered = where(seedlings, "not watered(basil)")
    assert unwatered.facts.value(Fact("dry", ("basil",))) is None
    assert not is_impossible(unwatered, "watered(basil)")
    assert is_impossible(where(unwatered, "not dry(basil)"), "watered(basil)")


def test_what_a_step_makes_unknown_may_be_true_afterwards(seedlings):
    known = where(seedlings, "on(basil, south)")
    assert not is_impossible(known, "on(basil, north)")
    skills = {name: one for name, one in known.domain.skills.items() if name != "nudge"}
    still = replace(known, domain=known.domain.model_copy(update={"skills": skills}))
    assert is_impossible(still, "on(basil, north)")


def test_an_object_that_may_stop_matching_is_not_impossible(home):
    """The broken glass cannot be put away, but it need not be once it lies in the bin."""
    problem = where(home.world.planning_problem, "broken(glass)", "clean(glass)")
    text = "forall t in tableware where not in(t, bin) -> in(t, dishwasher)"
    assert not is_impossible(problem, text)
    assert is_impossible(problem, "forall t in tableware -> in(t, dishwasher)")
    goal = goal_of(f"({text}) and not broken(glass)")
    told = ImpossibleParts(problem).instances(goal)
    assert [str(instance) for _, instance in told] == ["not broken(glass)"]


def test_a_call_beyond_the_limits_of_its_skill_achieves_nothing(home):
    problem = home.world.planning_problem
    milk = problem.scene.objects["milk"]
    heavy = milk.model_copy(update={"mass_kg": 50.0})
    objects = {**problem.scene.objects, "milk": heavy}
    scene = problem.scene.model_copy(update={"objects": objects})
    assert not is_impossible(problem, "in(milk, fridge)")
    assert is_impossible(replace(problem, scene=scene), "in(milk, fridge)")


@pytest.mark.parametrize(
    ("cause", "impossible"), [("broken(glass)", True), ("is_open(drawer)", False)]
)
def test_a_call_that_fails_for_a_cause_waits_for_its_end(home, cause, impossible):
    problem = where(home.world.planning_problem, cause)
    call, code = Call("pick", ("milk",)), FailureCode.PATH_BLOCKED
    blockage = Blockage(call, code, "something is in the way", (), Atom(seen(cause).fact))
    blocked = replace(problem, blockages=(blockage,))
    assert is_impossible(blocked, "holding(milk)") is impossible


def test_parts_are_given_up_one_after_the_other(home):
    """The glass is broken; that the fridge must stay closed shows in a plan for the rest only."""
    robot = Robot(home.deployment, workspace=None, settings=RobotSettings(keeps_orders=False))
    world, planner = robot.world, robot.parts.proposer.planner
    wanted = goal_of("in(glass, dishwasher) and in(red_mug, dishwasher) and in(milk, fridge)")
    first = planner.plan(wanted, world.planning_problem)
    assert isinstance(first, Plan)
    world.facts.observe([seen("broken(glass)")])
    strict = replace(planner, never=(parse_formula("is_open(fridge)"),))
    found = strict.plan(wanted, world.planning_problem)
    assert isinstance(found, Infeasible)
    assert [str(part) for part, _ in found.reasons] == ["in(glass, dishwasher)"]
    assert "'not broken(glass)' is false" in found.reasons[0][1]
    active = ActivePlan(world, Approval(first), advisers=None)
    level = ReplanLevel(world, strict, active, GoalTimer(world.clock, 0.0), 0, ())
    plan = level.plan(wanted, "a step failed", None)
    assert isinstance(plan, Plan)
    assert str(plan.goal.formula) == "in(red_mug, dishwasher)"
    assert [part for part, _ in level.given_up] == ["in(glass, dishwasher)", "in(milk, fridge)"]
