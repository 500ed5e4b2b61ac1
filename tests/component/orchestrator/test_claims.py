"""Claims of success: what they rest on, and what keeps them from being made."""

from dataclasses import replace

import pytest

from tests.driving import Session, run_goal
from treehand.core.events import RunEnded, SkillStarted
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.running.result import Outcome
from treehand.planners import Goal, Plan
from treehand.skills import HaltStep, SkillDefinition, SkillStep, skill
from treehand.skills.domain import Percept, QuantifierBindings, parse_fact, parse_formula
from treehand.skills.domain.knowledge.certainty import certain, undecided
from treehand.skills.domain.knowledge.facts import Facts
from treehand.trees import parse_tree

DISHES = "forall d in tableware where not clean(d) -> in(d, dishwasher)"


def run(deployment, formula, *, seed=0, faults=()):
    session, events = Session(deployment, seed=seed), []
    session.watch(events.append)
    session.disturb(faults)
    plan = session.robot.propose_reading(Goal(text=formula, formula=parse_formula(formula)))
    assert isinstance(plan, Plan)
    return session.execute(plan, approved_by="a test"), events


@pytest.mark.parametrize("seed", [0, 3, 7])
def test_a_look_that_fails_is_taken_again_before_all_is_claimed(deployment, seed):
    result, _ = run(deployment, DISHES, seed=seed, faults=["skill-error@open(cupboard):1"])
    assert (result.outcome is Outcome.SUCCESS) is result.world_true


def test_evidence_names_its_source_and_is_journalled(deployment):
    result, events = run(deployment, "in(red_mug, sink) and wiped(table)")
    assert result.outcome is Outcome.SUCCESS
    mug, table = result.evidence
    assert (mug.part, mug.verdict) == ("in(red_mug, sink)", "confirmed")
    assert [(one.source, one.is_predicted) for one in mug.facts] == [("camera", False)]
    [wiped] = table.facts
    assert (wiped.is_predicted, wiped.source) == (True, "predicted by wipe(table, sponge)")
    assert [str(fact) for fact in result.predicted_not_seen] == ["wiped(table)"]
    [end] = [event for event in events if isinstance(event, RunEnded)]
    assert end.evidence == result.evidence


def test_what_is_only_remembered_is_said_to_be(deployment):
    result = run_goal("put the sponge in the drawer", deployment)
    assert result.outcome is Outcome.ALREADY_TRUE
    assert "remembered, not seen: in(sponge, drawer)" in result.message
    assert result.evidence[0].facts[0].is_remembered


def test_a_prediction_that_is_only_remembered_does_not_count(deployment):
    scene = deployment.scene
    remembered = (*scene.remembered, parse_formula("wiped(table)"))
    changed = replace(deployment, scene=scene.model_copy(update={"remembered": remembered}))
    result, _ = run(changed, "wiped(table)")
    assert result.outcome is not Outcome.ALREADY_TRUE
    assert result.outcome is not Outcome.SUCCESS
    assert [part.verdict for part in result.evidence] == ["insufficient"]


def test_a_world_that_never_tells_a_predicate_is_named(deployment, monkeypatch):
    session = Session(deployment)
    world = session.world_model.world
    told = world.perceive
    monkeypatch.setattr(
        world, "perceive", lambda: [one for one in told() if one.fact.predicate != "at"]
    )
    result = session.execute(session.robot.propose("go to the table"), approved_by="a test")
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 2)
    assert "world 'kitchen' never told anything about 'at': report it in perceive()" in (
        result.message
    )
    assert "known_by: predicted" in result.message


def test_a_skill_that_claims_a_success_by_its_evidence_alone_is_not_believed(deployment):
    @skill("go_to")
    def go_to(context, place):
        yield 0.1
        fact = parse_fact(f"at({place})")
        return SkillStep.success(Percept(fact, True, "the skill", context.clock.now_s()))

    changed = replace(deployment, catalog=deployment.catalog.rebound(go_to))
    result = run_goal("go to the table", changed)
    assert result.outcome is not Outcome.SUCCESS
    assert result.world_true is False


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("forall m in mug where not clean(m) -> in(m, sink)", None),
        ("(forall m in mug where not clean(m) -> in(m, sink)) or at(table)", None),
        ("not (forall m in mug where not clean(m) -> in(m, sink))", None),
        ("forall p in place -> (forall m in mug where not clean(m) -> in(m, sink))", None),
        ("exists m in mug where not clean(m) -> in(m, sink)", None),
        ("count m in mug where clean(m) <= 2", True),
        ("count m in mug where not clean(m) == 0", None),
        ("forall m in mug where clean(m) -> in(m, sink)", None),
        ("forall m in mug where clean(m) and not clean(m) -> in(m, sink)", None),
        ("forall b in bowl where clean(b) -> on(b, table)", True),
    ],
)
def test_an_object_of_unknown_membership_keeps_a_formula_from_being_certain(
    deployment, formula, value
):
    facts = Facts(deployment.vocabulary)
    facts.observe(
        Percept(parse_fact(text), is_so, "camera", 0.0)
        for text, is_so in [
            ("clean(red_mug)", True),
            ("in(red_mug, sink)", True),
            ("clean(bowl_1)", False),
            ("on(bowl_2, table)", True),
        ]
    )
    parsed = parse_formula(formula)
    assert certain(parsed, facts) is value
    assert (next(undecided(parsed, facts), None) is not None) is (value is None)


def test_a_filter_that_the_robot_changes_unseen_leaves_a_doubt(deployment):
    facts, bindings = Facts(deployment.vocabulary), QuantifierBindings()
    quantifier = parse_formula("forall p in place where not at(p) -> not at(p)")
    assert bindings.update(quantifier, facts) == ()
    bindings.doubt_changed([parse_formula("at(sink)")], facts)
    facts.observe([Percept(parse_fact("at(sink)"), True, "odometry", 1.0)])
    bindings.update(quantifier, facts)
    assert "sink" in bindings.doubtful(quantifier)
    assert "sink" in bindings.copy().doubtful(quantifier)


@pytest.mark.parametrize("limit_s", [0.41, 0.44, 0.47])
def test_a_claim_waits_until_sensors_tell_what_a_halted_skill_has_left(limit_s):
    tabletop = Deployment.load(DeploymentOverrides(world="tabletop"), looks_here=False)
    session = Session(tabletop, seed=232)
    tree = parse_tree(
        f"tree: t\nroot: {{fallback: [{{do: pick(red_block), timeout: {limit_s}s}}, "
        "{check: 'on(red_block, table)'}]}\n",
        file="t.tree.yaml",
    )
    goal = Goal(text="stay", formula=parse_formula("on(red_block, table)"))
    result = session.execute(session.plan_tree(tree, {}, goal), approved_by="a test")
    assert result.outcome is Outcome.SUCCESS
    assert result.world_true


def test_a_tree_that_has_succeeded_does_not_begin_anew_while_a_skill_comes_to_rest(deployment):
    class SlowToHalt:
        def __init__(self, context):
            self._rests_s, self._clock = None, context.clock

        def start(self):
            pass

        def step(self):
            return SkillStep.running(None)

        def halt(self):
            self._rests_s = self._rests_s or self._clock.now_s() + 1.0
            return HaltStep.DONE if self._clock.now_s() >= self._rests_s else HaltStep.RUNNING

    changed = replace(
        deployment, catalog=deployment.catalog.rebound(SkillDefinition("go_to", SlowToHalt))
    )
    tree = parse_tree(
        "tree: t\nroot:\n  sequence:\n    - do: turn_off(left_knob)\n"
        "    - fallback: [{do: go_to(table), timeout: 1s}, {check: not is_on(left_knob)}]\n",
        file="t.tree.yaml",
    )
    session, events = Session(changed), []
    session.watch(events.append)
    result = session.execute(session.plan_tree(tree, {}), approved_by="a test")
    assert result.outcome is Outcome.SUCCESS
    assert sum(isinstance(event, SkillStarted) for event in events) == 2


def test_what_only_the_scene_tells_is_true_in_the_true_state(deployment):
    text = "forall x in knob where not part_of(x, stove) -> not is_on(x)"
    result, _ = run(deployment, f"is_open(dishwasher) and ({text})")
    assert (result.outcome, result.world_true) == (Outcome.SUCCESS, True)
