"""A skill that has the last word is not cut off because its effect is seen already."""

import pytest

from tests.driving import Session
from treehand.core.revisions import total
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.running.result import Outcome
from treehand.planners import Plan
from treehand.skills.domain import Percept, parse_formula
from treehand.trees.runtime.blackboard import Blackboard
from treehand.trees.runtime.commitments import EffectCommitments
from treehand.trees.runtime.conditions import Condition

SKILL = """
import numpy as np
from treehand.skills import skill
from treehand.worlds.tabletop.skills import pick_action

@skill("pick"{more})
def pick(context, item):
    \"\"\"Grasp, and only then lift.\"\"\"
    robot = context.embodiment
    robot.apply(np.zeros(3))
    yield 1 / 30
    while robot.state.sensed_held != item:
        robot.apply(pick_action(robot.state, item))
        yield 1 / 30
    for _ in range(15):
        yield 1 / 30
    robot.state.lifted = True
"""


def run(folder, more, faults=()):
    (folder / "mine.py").write_text(SKILL.format(more=more))
    (folder / "treehand.yaml").write_text("world: tabletop\nbindings: {pick: 'mine.py:pick'}\n")
    session = Session(Deployment.load(DeploymentOverrides(config=folder / "treehand.yaml")))
    session.disturb(list(faults))
    events = []
    session.world_model.stream.subscribe(events.append)
    plan = session.plan(session.understand("pick up the red block"))
    assert isinstance(plan, Plan)
    result = session.execute(plan, approved_by="the test")
    ended = [e.result for e in events if e.event == "skill-ended"]
    return result, session.world_model.world.robot.state, ended


def test_what_it_does_after_its_effect_is_there_is_done(tmp_path):
    result, state, ended = run(tmp_path, ", ends_itself=True")
    assert result.outcome is Outcome.SUCCESS
    assert state.lifted
    assert ended == ["success"]


def test_any_other_skill_is_halted_at_once(tmp_path):
    result, state, ended = run(tmp_path, "")
    assert result.outcome is Outcome.SUCCESS
    assert not hasattr(state, "lifted")
    assert ended == ["halted"]


def test_an_effect_that_goes_away_again_is_missed(tmp_path):
    """The block slips while it is lifted: the last word is not believed against perception."""
    fault = "grasp-dropped@pick(red_block):1"
    result, state, ended = run(tmp_path, ", ends_itself=True", [fault])
    assert result.world_true
    assert state.held == "red_block"
    assert ended == ["failure", "success"]


@pytest.fixture
def beliefs(tmp_path):
    """Beliefs of a table, and commitments about them."""
    (tmp_path / "treehand.yaml").write_text("world: tabletop\n")
    world_model = Session(
        Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml"))
    ).world_model
    return world_model.facts, EffectCommitments(world_model.facts)


def see(beliefs, *texts):
    facts, commitments = beliefs
    atoms = [next(iter(parse_formula(text).atoms())) for text in texts]
    facts.observe(Percept(atom.fact, atom.positive, "camera", 0.0) for atom in atoms)
    commitments.update()


def atoms(*texts):
    return tuple(next(iter(parse_formula(text).atoms())) for text in texts)


def test_only_what_excludes_the_effect_is_held_back(beliefs):
    facts, commitments = beliefs
    conditions = {
        text: Condition(parse_formula(text), facts, Blackboard({}), commitments)
        for text in (
            "holding(red_block)",
            "hand_empty()",
            "on(red_block, table)",
            "not broken(blue_block) and not holding(red_block)",
        )
    }

    def values():
        return [condition.value() for condition in conditions.values()]

    before = values()
    assert before == [False, True, True, True]
    owner = object()
    commitments.add(owner, atoms("holding(red_block)"))
    see(beliefs, "holding(red_block)")
    assert values() == before
    see(beliefs, "broken(blue_block)")  # a hazard in the same formula counts at once
    assert values() == [False, True, True, False]
    commitments.remove(owner)
    assert values() == [True, False, False, False]


def test_what_a_skill_leaves_as_it_was_may_change_while_it_runs(beliefs):
    facts, commitments = beliefs
    conditions = [
        Condition(parse_formula(text), facts, Blackboard({}), commitments)
        for text in ("hand_empty()", "holding(red_block)")
    ]
    owner = object()
    commitments.add(owner, atoms("in(red_block, blue_tray)"), atoms("hand_empty()"))
    see(beliefs, "holding(red_block)")
    assert [condition.value() for condition in conditions] == [True, False]
    commitments.remove(owner)
    assert [condition.value() for condition in conditions] == [False, True]


def test_what_changed_before_the_effect_counts(beliefs):
    """Held back is what was so before the effect, not before the skill, nor when last asked."""
    facts, commitments = beliefs
    condition = Condition(parse_formula("hand_empty()"), facts, Blackboard({}), commitments)
    assert condition.value() is True
    commitments.add(object(), atoms("holding(red_block)"))
    see(beliefs, "holding(green_block)")
    see(beliefs, "holding(red_block)")
    assert condition.value() is False


def test_one_of_two_effects_is_enough_and_both_must_go_away_again(beliefs):
    """What was let go of is not missed before it is seen where it was put."""
    facts, commitments = beliefs
    see(beliefs, "holding(red_block)")
    held, there = (
        Condition(parse_formula(text), facts, Blackboard({}), commitments)
        for text in ("holding(red_block)", "on(red_block, tray)")
    )
    assert (held.value(), there.value()) == (True, False)
    commitments.add(object(), atoms("on(red_block, tray)", "hand_empty()"))
    see(beliefs, "hand_empty()")
    assert (held.value(), there.value()) == (True, False)
    see(beliefs, "on(red_block, tray)")
    assert (held.value(), there.value()) == (True, False)
    seen = total(held.reads)
    see(beliefs, "holding(green_block)", "on(red_block, table)")
    assert total(held.reads) != seen  # or nobody would look at it again
    assert (held.value(), there.value()) == (False, False)


@pytest.mark.parametrize("word", ["", ", ends_itself=True"])
def test_a_stop_ends_it_all_the_same(tmp_path, word):
    (tmp_path / "mine.py").write_text(SKILL.format(more=word))
    (tmp_path / "treehand.yaml").write_text("world: tabletop\nbindings: {pick: 'mine.py:pick'}\n")
    session = Session(Deployment.load(DeploymentOverrides(config=tmp_path / "treehand.yaml")))

    def stop(event):
        changes = event.changes if event.event == "facts-changed" else ()
        if any(change.value and change.fact.predicate == "holding" for change in changes):
            session.stop("the test", by="test")

    session.world_model.stream.subscribe(stop)
    plan = session.plan(session.understand("pick up the red block"))
    result = session.execute(plan, approved_by="the test")
    assert result.outcome is Outcome.INTERRUPTED
