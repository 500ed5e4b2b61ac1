"""What a retry does again, and what it leaves out."""

from dataclasses import replace

import pytest

from tests.conftest import Bench, believe
from tests.doubles import Scripted
from treehand.core.events import StepKept
from treehand.skills import FailureCode, SkillStep
from treehand.skills.domain import PortModel
from treehand.skills.testing import ScriptedSkill
from treehand.trees import (
    CompiledTree,
    PathPattern,
    Substitution,
    TreeLibrary,
    cause_of,
    parse_tree,
)

MISSED, DROPPED = FailureCode.GRASP_MISSED, FailureCode.GRASP_DROPPED
BLOCKED, LOST = FailureCode.PATH_BLOCKED, FailureCode.OBJECT_NOT_FOUND


def tree(root: str) -> str:
    return f"tree: t\nroot:\n{root}"


def kept(run):
    return [event.call for event in run.events if isinstance(event, StepKept)]


def seeing(run, *texts):
    return {"on_success": lambda: believe(run.facts, *texts)}


def test_a_step_of_an_earlier_round_is_left_out_once_only(bench):
    """A repeat inside a retry: what the first round did does not stand for the second."""
    run = bench(
        tree("""  repeat: 2
  retry: {attempts: 2, on: [grasp-missed]}
  sequence: [{do: go_to(table)}, {do: open(fridge)}]""")
    )
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    go = [["ok"], [MISSED], ["ok"]]
    run._answers = {
        "go_to(table)": [Scripted(run.clock, one, **seeing(run, "at(table)")) for one in go],
        "open(fridge)": [
            Scripted(run.clock, ["ok"], **seeing(run, "is_open(fridge)")) for _ in range(3)
        ],
    }
    believe(run.facts, "at(table)")
    assert run.run() == "SUCCESS"
    assert run.made.count("open(fridge)") == 2
    assert kept(run) == ["go_to(table)"], "opening had not begun in the second round"


def test_waiting_for_a_resource_costs_no_replay(bench):
    run = bench(
        tree("""  retry: {attempts: 3, on: [timeout], replays: 1}
  sequence: [{do: open(fridge)}, {do: look_for(apple), timeout: 1 s}]""")
    )
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    run._answers = {
        "open(fridge)": [
            Scripted(run.clock, ["ok"], **seeing(run, "is_open(fridge)")) for _ in range(3)
        ],
        "look_for(apple)": [
            Scripted(run.clock, [9.0], halts=3),
            Scripted(run.clock, ["ok"], **seeing(run, "located(apple)")),
        ],
    }
    run.tick()
    believe(run.facts, "not is_open(fridge)")
    assert run.run() == "SUCCESS"
    assert run.made.count("open(fridge)") == 2


def test_each_activation_of_a_retry_has_its_own_replays(bench):
    run = bench(
        tree("""  repeat: 2
  sequence:
    - sequence: [{do: open(fridge)}, {do: look_for(apple)}]
      retry: {attempts: 3, on: [object-not-found], replays: 1}""")
    )
    believe(run.facts, "hand_empty()", "not is_open(fridge)")

    class Closing(list):
        def append(self, line):
            if line.endswith("start"):
                believe(run.facts, "not is_open(fridge)")

    answers = [[0.1, LOST], [0.1, "ok"]] * 2
    run._answers = {
        "open(fridge)": [
            Scripted(run.clock, ["ok"], **seeing(run, "is_open(fridge)")) for _ in range(4)
        ],
        "look_for(apple)": [Scripted(run.clock, one, log=Closing()) for one in answers],
    }
    assert run.run() == "SUCCESS"
    assert run.made.count("open(fridge)") == 4


def test_the_step_before_another_attempt_is_never_left_out(bench):
    run = bench(
        tree("""  retry: {attempts: 2, on: [path-blocked]}
  sequence:
    - do: open(fridge)
      retry: {attempts: 2, on: [door-jammed], first: look_for(apple)}
    - {do: go_to(table)}""")
    )
    believe(run.facts, "hand_empty()", "located(apple)", "not is_open(fridge)")
    jammed = FailureCode.DOOR_JAMMED
    opened = seeing(run, "is_open(fridge)")

    class Closing(list):
        def append(self, line):
            if line.endswith("start"):
                believe(run.facts, "not is_open(fridge)")

    run._answers = {
        "open(fridge)": [
            Scripted(run.clock, one, **opened) for one in ([jammed], ["ok"], [jammed], ["ok"])
        ],
        "look_for(apple)": [Scripted(run.clock, ["ok"]) for _ in range(2)],
        "go_to(table)": [
            Scripted(run.clock, [0.1, BLOCKED], log=Closing()),
            Scripted(run.clock, ["ok"]),
        ],
    }
    assert run.run() == "SUCCESS", cause_of(run.compiled.root)
    assert run.made.count("look_for(apple)") == 2


def test_a_step_before_another_attempt_has_its_default_inputs(bench, deployment):
    look = deployment.domain.skills["look_for"]
    port = PortModel(type="number", default=2.0)
    run = bench(tree("  {do: pick(apple), retry: {attempts: 2, first: look_for(apple)}}"))
    run.runtime.domain = deployment.domain.model_copy(
        update={
            "skills": {
                **deployment.domain.skills,
                "look_for": look.model_copy(update={"inputs": {"force": port}}),
            }
        }
    )
    text = tree("  {do: pick(apple), retry: {attempts: 2, first: look_for(apple)}}")
    run.compiled = CompiledTree(parse_tree(text, file="t"), {}, TreeLibrary({}), run.runtime)
    believe(run.facts, "on(apple, table)", "hand_empty()")
    run._answers = {
        "pick(apple)": [Scripted(run.clock, [DROPPED]), Scripted(run.clock, ["ok"])],
        "look_for(apple)": [Scripted(run.clock, ["ok"])],
    }
    run.run()
    assert [a.inputs for a in run.activations if a.call.name == "look_for"] == [{"force": 2.0}]


@pytest.fixture
def weighing(deployment):
    """The kitchen, in which looking gives out a mass."""
    mass = PortModel(type="number", unit="kg")
    skills = dict(deployment.domain.skills)
    bare = {"preconditions": (), "resources": (), "side_effects": ()}
    skills["look_for"] = skills["look_for"].model_copy(
        update={"outputs": {"mass_kg": mass}, **bare}
    )
    return replace(deployment, domain=deployment.domain.model_copy(update={"skills": skills}))


def weighed(run, *masses):
    return [
        Scripted(
            run.clock,
            [SkillStep.success(outputs={"mass_kg": mass})],
        )
        for mass in masses
    ]


def test_a_measurement_that_a_condition_refused_is_taken_again(weighing):
    run = Bench(
        weighing,
        tree("""  sequence:
    - {do: look_for(apple), out: {mass_kg: m}}
    - {check: m < 5}
  retry: {attempts: 3, on: [condition-false]}"""),
        {},
    )
    believe(run.facts, "located(apple)")
    run._answers = {"look_for(apple)": weighed(run, 9.0, 7.0, 3.0)}
    assert run.run() == "SUCCESS"
    assert len(run.made) == 3


def test_a_step_whose_output_was_never_written_is_done_again(weighing):
    run = Bench(
        weighing,
        tree("""  sequence:
    - {do: look_for(apple), out: {mass_kg: m}, timeout: 1 s}
    - {check: m < 5}
  retry: {attempts: 2, on: [timeout]}"""),
        {},
    )
    run._answers = {"look_for(apple)": [Scripted(run.clock, [9.0]), *weighed(run, 3.0)]}
    run.tick()
    believe(run.facts, "located(apple)")
    assert run.run() == "SUCCESS"
    assert len(run.made) == 2


def test_a_double_may_stand_in_for_the_step_before_another_attempt(bench):
    text = tree("  {do: pick(apple), retry: {attempts: 2, first: look_for(apple)}}")
    for stand_in in (["SUCCESS"], ScriptedSkill(["SUCCESS"])):
        run = bench(
            text, substitutions=[Substitution(PathPattern("**first look_for(*)"), stand_in)]
        )
        believe(run.facts, "on(apple, table)", "hand_empty()")
        run.runtime.make_skill = _made_by(run)
        run._answers = {
            "pick(apple)": [Scripted(run.clock, [DROPPED]), Scripted(run.clock, ["ok"])]
        }
        run.run()
        assert run.made.count("pick(apple)") == 2
        assert run.runtime.substitutions.unused() == ()


def _made_by(run):
    """Give scripted skills the little context that they ask for."""

    class Context:
        clock = run.clock

    def make(activation):
        run.made.append(str(activation.call))
        if activation.stand_in is not None:
            return activation.stand_in(Context)
        return run._answers[str(activation.call)].pop(0)

    return make


def test_a_timeout_names_the_step_that_ran(bench):
    run = bench(tree("  timeout: 5 s\n  sequence: [{do: go_to(table)}, {do: look_for(apple)}]"))
    run._answers = {
        "go_to(table)": [Scripted(run.clock, ["ok"])],
        "look_for(apple)": [Scripted(run.clock, [99.0])],
    }
    assert run.run() == "FAILURE"
    assert str(cause_of(run.compiled.root).call) == "look_for(apple)"
