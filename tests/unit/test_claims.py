"""A skill that has the last word is not cut off because its effect is seen already."""

import pytest

from treehand.orchestrator.deployment import Deployment
from treehand.orchestrator.result import Outcome
from treehand.orchestrator.session import Session
from treehand.planners import Plan
from treehand.skills.domain import parse_formula

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
    while robot.state.feels != item:
        robot.apply(pick_action(robot.state, item))
        yield 1 / 30
    for _ in range(15):
        yield 1 / 30
    robot.state.lifted = True
"""


def run(folder, more, faults=()):
    (folder / "mine.py").write_text(SKILL.format(more=more))
    (folder / "treehand.yaml").write_text("world: tabletop\nbindings: {pick: 'mine.py:pick'}\n")
    session = Session(Deployment.load(config=folder / "treehand.yaml"))
    session.disturb(list(faults))
    events = []
    session.situation.stream.subscribe(events.append)
    plan = session.plan(session.understand("pick up the red block"))
    assert isinstance(plan, Plan)
    result = session.execute(plan, approved_by="the test")
    ended = [e.result for e in events if e.event == "skill-ended"]
    return result, session.situation.world.robot.state, ended


def test_what_it_does_after_its_effect_is_there_is_done(tmp_path):
    result, state, ended = run(tmp_path, ", has_last_word=True")
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
    result, state, ended = run(tmp_path, ", has_last_word=True", [fault])
    assert result.world_true
    assert state.held == "red_block"
    assert ended == ["failure", "success"]


def test_only_what_excludes_the_effect_is_held_back(tmp_path):
    from treehand.trees.claims import Claims

    (tmp_path / "treehand.yaml").write_text("world: tabletop\n")
    situation = Session(Deployment.load(config=tmp_path / "treehand.yaml")).situation
    claims, facts = Claims(situation.facts), situation.facts
    (effect,) = parse_formula("holding(red_block)").atoms()
    owner = object()
    claims.make(owner, (effect,))

    def withheld(text):
        return claims.withhold(parse_formula(text).atoms())

    assert not withheld("holding(red_block)")  # it does not hold yet
    situation.world.state.held = "red_block"
    situation.world.state.force_n = 9.0
    situation.world.state.held_since_s = -1.0
    situation.sense()
    assert facts.value(effect.fact)
    for text in (
        "holding(red_block)",
        "hand_empty()",
        "on(red_block, tray)",
        "holding(blue_block)",
    ):
        assert withheld(text), text
    for text in ("broken(red_block)", "on(blue_block, table)"):
        assert not withheld(text), text
    before = claims.version.value
    claims.give_up(owner)
    assert claims.version.value == before + 1
    assert not withheld("holding(red_block)")


@pytest.mark.parametrize("word", ["", ", has_last_word=True"])
def test_a_stop_ends_it_all_the_same(tmp_path, word):
    (tmp_path / "mine.py").write_text(SKILL.format(more=word))
    (tmp_path / "treehand.yaml").write_text("world: tabletop\nbindings: {pick: 'mine.py:pick'}\n")
    session = Session(Deployment.load(config=tmp_path / "treehand.yaml"))

    def stop(event):
        if event.event == "facts-changed" and "holding" in str(event.changes):
            session.stop("the test", by="test")

    session.situation.stream.subscribe(stop)
    plan = session.plan(session.understand("pick up the red block"))
    result = session.execute(plan, approved_by="the test")
    assert result.outcome is Outcome.INTERRUPTED
