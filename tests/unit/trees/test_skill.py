"""The action model's time limit holds for every activation, wherever its leaf comes from."""

import pytest

from tests.conftest import believe
from treehand.core.events import SkillEnded, TimedOut
from treehand.skills import FailureCode, HaltStep, Skill, SkillStep
from treehand.trees import cause_of

HEAD = "tree: bench\nroot:\n"
SUBTREE = """subtrees:
  ensure_at:
    params: {place: place}
    root: {do: go_to(place)}
"""


class Hanging(Skill):
    """Never ends; asks for a step every second, or waits for nothing."""

    def __init__(self, context, *, names_time=True):
        self._clock = context.clock
        self._names_time = names_time

    def start(self):
        pass

    def step(self):
        return SkillStep.running(self._clock.now_s() + 1.0 if self._names_time else None)

    def halt(self):
        return HaltStep.DONE


def timed_out(run):
    status = run.run(limit=2000)
    return status, [(str(e.call), e.limit_s) for e in run.events if isinstance(e, TimedOut)]


@pytest.mark.parametrize("names_time", [True, False])
@pytest.mark.parametrize(
    ("text", "call", "at_s"),
    [
        ("  do: go_to(table)\n", "go_to(table)", 60.0),
        ("  sequence: [{sequence: [{do: look_for(apple)}]}]\n", "look_for(apple)", 120.0),
        ("  subtree: ensure_at(table)\n", "go_to(table)", 60.0),
        ("  {do: go_to(table), retry: {attempts: 1}}\n", "go_to(table)", 60.0),
    ],
)
def test_a_skill_that_hangs_is_halted_when_its_models_time_is_up(
    bench, text, call, at_s, names_time
):
    tree = HEAD + text
    if "ensure_at" in text:
        tree += (
            "subtrees:\n  ensure_at:\n    params: {place: place}\n    root: {do: go_to(place)}\n"
        )
    run = bench(tree)
    run.skills[call] = lambda context: Hanging(context, names_time=names_time)
    assert timed_out(run) == ("FAILURE", [(call, at_s)])
    assert run.clock.now_s() == at_s
    assert cause_of(run.compiled.root).code is FailureCode.TIMEOUT
    ended = [event.result for event in run.events if isinstance(event, SkillEnded)]
    assert ended == ["halted"]


def test_the_first_step_of_a_retry_has_its_limit(bench):
    run = bench(HEAD + "  {do: pick(apple), retry: {attempts: 3, first: look_for(apple)}}")
    believe(run.facts, "on(apple, table)", "hand_empty()", "located(apple)")
    run.script("pick(apple)", FailureCode.GRASP_DROPPED, "SUCCESS")
    run.skills["look_for(apple)"] = Hanging
    assert timed_out(run) == ("FAILURE", [("look_for(apple)", 120.0)])


def test_the_trees_own_limit_replaces_the_models(bench):
    for limit_s in (7.0, 300.0):
        run = bench(HEAD + f"  {{do: go_to(table), timeout: {limit_s:g} s}}")
        run.skills["go_to(table)"] = Hanging
        assert timed_out(run) == ("FAILURE", [("go_to(table)", limit_s)])


def test_a_skill_that_ends_as_its_time_is_up_has_ended(bench):
    run = bench(HEAD + "  do: go_to(table)")
    run.script("go_to(table)", 60.0, "SUCCESS")
    assert timed_out(run) == ("SUCCESS", [])


def test_waiting_for_a_resource_does_not_count(bench):
    run = bench(HEAD + "  parallel: [{do: go_to(table)}, {do: go_to(sink)}]")
    run.script("go_to(table)", 59.0, "SUCCESS")
    run.script("go_to(sink)", 59.0, "SUCCESS")
    assert timed_out(run) == ("SUCCESS", [])
    assert run.clock.now_s() == 118.0


def test_a_model_without_a_limit_has_one_from_its_duration(domain):
    model = domain.skills["go_to"]
    assert model.limit_s == 60.0
    assert model.model_copy(update={"timeout": None}).limit_s == 600.0
    assert model.model_copy(update={"timeout": None, "duration": 100.0}).limit_s == 1000.0
