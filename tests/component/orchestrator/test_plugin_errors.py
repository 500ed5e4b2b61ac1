"""An exception of other people's code: it chooses no outcome, and it is shown with its line."""

import asyncio
import math
import signal
from dataclasses import replace

import numpy as np
import pytest

from tests.driving import Session, run_goal
from treehand import scenario
from treehand.authoring.skill_check import check_call
from treehand.core.error_record import PluginError, error_record, is_from_signal
from treehand.core.errors import InputError
from treehand.core.events import RunEnded, SkillEnded
from treehand.core.plugins import load_reference
from treehand.orchestrator.running.recovering.recovery_levels import AGAIN
from treehand.orchestrator.running.result import Outcome
from treehand.scenarios.reports.story import story_of
from treehand.skills import FailureCode, SkillDefinition, SkillStep, StepStatus, skill
from treehand.skills.contracts.skill import HaltStep
from treehand.skills.domain import Atom, Fact, Percept, parse_call

GOAL = "go to the table"


class Mute(Exception):
    def __str__(self):
        raise SystemExit(0)


class Own(BaseException):
    pass


ERRORS = [
    SystemExit(0),
    SystemExit("camera lost"),
    KeyboardInterrupt(),
    GeneratorExit(),
    StopIteration(7),
    StopAsyncIteration(),
    asyncio.CancelledError(),
    MemoryError(),
    Own("mine"),
    Mute(),
    ValueError("\udcff \x1b[31m"),
    BaseExceptionGroup("several", [SystemExit(0), KeyboardInterrupt()]),
]


def blow(error):
    raise error


class Plain:
    """A skill as a class, whose method of one name raises."""

    where = "step"

    def __init__(self, context, error):
        self._error = error
        self._embodiment = context.embodiment
        if self.where == "factory":
            blow(error)

    def start(self):
        if self.where == "start":
            blow(self._error)

    def step(self):
        if self.where == "step":
            blow(self._error)
        return SkillStep.failure(FailureCode.PATH_BLOCKED)

    def halt(self):
        self._embodiment.stop()
        return HaltStep.DONE


def generator(error):
    @skill("go_to")
    def go_to(context, place):
        yield 0.1
        blow(error)

    return go_to.factory


def first_step(error):
    @skill("go_to")
    def go_to(context, place):
        blow(error)
        yield

    return go_to.factory


def blocking(error):
    @skill("go_to", stop=lambda: None)
    def go_to(context, place):
        blow(error)

    return go_to.factory


def at(where):
    kind = type("Plain", (Plain,), {"where": where})
    return lambda error: lambda context: kind(context, error)


FACTORIES = {
    "generator": generator,
    "first step": first_step,
    "worker thread": blocking,
    "factory": at("factory"),
    "start": at("start"),
    "step": at("step"),
}


def served(deployment, factory):
    return replace(
        deployment, catalog=deployment.catalog.rebound(SkillDefinition("go_to", factory))
    )


def watched(deployment, *, person=None):
    session, events = Session(deployment, person=person), []
    session.watch(events.append)
    plan = session.robot.propose(GOAL)
    return session.execute(plan, approved_by="a test"), events


CASES = [("generator", error) for error in ERRORS]
CASES += [("worker thread", error) for error in ERRORS[::2]]
CASES += [(where, error) for where in FACTORIES for error in (SystemExit(0), StopIteration(7))]


@pytest.mark.slow
@pytest.mark.parametrize(("where", "error"), CASES)
def test_no_exception_of_a_skill_chooses_an_outcome(deployment, where, error):
    result, events = watched(served(deployment, FACTORIES[where](error)))
    assert result.outcome is Outcome.ERROR
    ended = [event for event in events if isinstance(event, SkillEnded)]
    assert [(one.result, one.code) for one in ended] == [("failure", "skill-error")] * 2
    is_return = isinstance(error, StopIteration) and where in ("generator", "first step")
    name = "RuntimeError" if is_return else type(error).__name__
    assert {one.error.type for one in ended} == {name}
    assert len(result.errors) == 1
    assert (result.errors[0].file, result.errors[0].function) == (__file__, "blow")
    assert f"{name}: " in result.message


def test_the_line_of_the_users_code_is_told_everywhere(deployment):
    result, events = watched(served(deployment, generator(ZeroDivisionError("no way"))))
    record = result.errors[0]
    assert (record.file, record.function) == (__file__, "blow")
    line = blow.__code__.co_firstlineno + 1
    assert record.line == line
    place = f"test_plugin_errors.py:{line} in blow: ZeroDivisionError: no way"
    assert place in result.message
    assert place in result.failure.detail
    ended = [event for event in events if isinstance(event, SkillEnded)]
    assert place in ended[0].detail
    assert "in go_to" in ended[0].error.traceback
    assert "raise error" in ended[0].error.traceback
    assert result.leaves_run == 2


def test_the_traceback_of_a_deep_recursion_is_bounded(deployment):
    def deep(n):
        return deep(n + 1) + n

    try:
        deep(0)
    except RecursionError as error:
        record = error_record(error)
    assert record.function == "deep"
    assert len(record.traceback) < 20_000


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "returned True"),
        ("done", "returned 'done'"),
        (SkillStep.running(1.0), "returned SkillStep"),
    ],
)
def test_a_wrong_result_ends_the_branch_at_once(deployment, value, told):
    @skill("go_to")
    def go_to(context, place):
        yield 0.1
        return value

    result = run_goal(GOAL, served(deployment, go_to.factory))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert told in result.message
    assert "test_plugin_errors.py" in result.message
    assert result.errors[0].function == "go_to"


@pytest.mark.parametrize("pause", ["soon", float("nan"), float("inf"), True, (1,)])
def test_a_wrong_pause_ends_the_branch_at_once(deployment, pause):
    @skill("go_to")
    def go_to(context, place):
        yield pause

    result = run_goal(GOAL, served(deployment, go_to.factory))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert "yielded" in result.message


@pytest.mark.parametrize(
    "step",
    [
        None,
        True,
        SkillStep(StepStatus.FAILURE, code="grasp-dropped"),
        SkillStep("success"),
        SkillStep(StepStatus.RUNNING, wake_at_s=float("nan")),
        SkillStep(StepStatus.SUCCESS, evidence=("seen",)),
        SkillStep(StepStatus.FAILURE, detail=None),
    ],
)
def test_a_step_of_a_wrong_type_ends_the_branch_at_once(deployment, step):
    class Wrong(Plain):
        def step(self):
            return step

    result = run_goal(GOAL, served(deployment, lambda context: Wrong(context, None)))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert "wrong-result" in result.message
    assert result.errors[0].file == __file__


@pytest.mark.parametrize("arguments", [("grasp-droped",), (FailureCode.TIMEOUT, 7)])
def test_the_line_of_a_wrong_failure_is_told(deployment, arguments):
    @skill("go_to")
    def go_to(context, place):
        yield 0.1
        return SkillStep.failure(*arguments)

    result = run_goal(GOAL, served(deployment, go_to.factory))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert (result.errors[0].file, result.errors[0].function) == (__file__, "go_to")
    assert "wrong-result: failure() got" in result.message


@pytest.mark.parametrize(
    "forge",
    [
        lambda facts, fact: facts.observe([Percept(fact, True, "camera", 0.1)]),
        lambda facts, fact: facts.predict(Atom(fact), "camera", 0.1),
        lambda facts, fact: setattr(facts, "value", lambda fact: True),
    ],
)
def test_a_skill_cannot_write_beliefs(deployment, forge):
    @skill("go_to")
    def go_to(context, place):
        yield 0.1
        forge(context.facts, Fact("at", (place,)))

    result = run_goal(GOAL, served(deployment, go_to.factory))
    assert (result.outcome, result.world_true) == (Outcome.ERROR, False)
    assert (result.errors[0].type, result.errors[0].file) == ("AttributeError", __file__)


def test_a_wrong_signature_is_told_before_anything_moves(deployment):
    @skill("go_to")
    def go_to(context):
        yield 0.1

    result = run_goal(GOAL, served(deployment, go_to.factory))
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 1)
    assert "go_to(context, table): too many positional arguments" in result.message
    assert result.errors[0].file == __file__


class Persistent:
    """A person who wants one more attempt, so often."""

    def __init__(self, times):
        self.times = times
        self.questions = []

    def ask(self, question):
        self.questions.append(question)
        self.times -= 1
        return AGAIN if self.times >= 0 else None


def test_a_person_may_have_it_tried_again(deployment):
    person = Persistent(2)
    result, _ = watched(served(deployment, generator(OSError("unplugged"))), person=person)
    assert (result.outcome, result.leaves_run) == (Outcome.ERROR, 6)
    assert len(person.questions) == 3
    assert all("OSError: unplugged" in question.text for question in person.questions)


def test_an_exception_that_comes_once_is_tried_again(deployment):
    calls = []

    @skill("go_to")
    def go_to(context, place):
        calls.append(place)
        yield 0.1
        if len(calls) == 1:
            raise OSError("unplugged for a moment")
        yield from own(context, place)

    def own(context, place):
        inner = deployment.catalog.find("go_to", "kitchen").factory(context)
        inner.start()
        while (step := inner.step()).status is StepStatus.RUNNING:
            yield max(0.0, step.wake_at_s - context.clock.now_s())

    result = run_goal(GOAL, served(deployment, go_to.factory))
    assert result.outcome is Outcome.SUCCESS
    assert [record.type for record in result.errors] == ["OSError"]


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt(), Own("mine"), Mute()])
@pytest.mark.parametrize("method", ["perceive", "advance"])
def test_no_exception_of_a_world_chooses_an_outcome(deployment, method, error, monkeypatch):
    session, events = Session(deployment), []
    session.watch(events.append)
    plan = session.robot.propose(GOAL)
    monkeypatch.setattr(session.world_model.world, method, lambda *_: blow(error))
    with pytest.raises(PluginError, match=r"world 'kitchen' raised an exception: .*in blow"):
        session.robot.run(session.robot.approve(plan, by="a test"))
    end = events[-1]
    assert isinstance(end, RunEnded)
    assert (end.outcome, end.error.function) == ("error", "blow")
    assert "in blow" in end.error.traceback


AT = Fact("at", ("table",))


@pytest.mark.parametrize(
    "told",
    [
        *(None, [None], [("at", True)], 3),
        *([Percept(AT, value, "camera", 0.0)] for value in ("no", 0, 2, None, 0.7)),
        *([Percept(AT, True, "camera", time_s)] for time_s in (math.nan, math.inf, None)),
        *([Percept(AT, True, "camera", 0.0, sure)] for sure in (math.nan, 1.5, "high")),
        [Percept(AT, True, None, 0.0)],
        [Percept("at(table)", True, "camera", 0.0)],
    ],
)
def test_a_world_that_tells_no_percepts_is_named(deployment, told, monkeypatch):
    session = Session(deployment)
    plan = session.robot.propose(GOAL)
    monkeypatch.setattr(session.world_model.world, "perceive", lambda: told)
    with pytest.raises(PluginError, match="world 'kitchen' raised an exception") as caught:
        session.robot.run(session.robot.approve(plan, by="a test"))
    assert caught.value.record.file == __file__


def test_a_comparison_of_an_array_is_a_truth_value(deployment, monkeypatch):
    session = Session(deployment)
    world = session.world_model.world
    perceive = type(world).perceive
    monkeypatch.setattr(
        world,
        "perceive",
        lambda: [replace(percept, value=np.bool_(percept.value)) for percept in perceive(world)],
    )
    result = session.robot.run(session.robot.approve(session.robot.propose(GOAL), by="a test"))
    assert result.outcome is Outcome.SUCCESS
    assert session.world_model.facts.value(AT) is True


@pytest.mark.parametrize("line", ["import sys; sys.exit(0)", "undefined_name", "raise ValueError"])
def test_a_file_that_raises_when_it_is_imported_is_named(tmp_path, line):
    (tmp_path / "mine.py").write_text(f"{line}\n")
    with pytest.raises(InputError, match=r"broken-plugin: .*mine\.py:1 in <module>"):
        load_reference("mine.py:go_to", tmp_path)


@pytest.fixture
def interrupts():
    """Python's own handler of SIGINT; a process in the background of a shell ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_a_real_interrupt_is_told_from_one_that_is_raised():
    def interrupted():
        signal.raise_signal(signal.SIGINT)

    def by_handler(number, frame):
        raise SystemExit(3)

    with pytest.raises(KeyboardInterrupt) as real:
        interrupted()
    with pytest.raises(KeyboardInterrupt) as raised:
        blow(KeyboardInterrupt())
    assert is_from_signal(real.value)
    assert not is_from_signal(raised.value)
    before = signal.signal(signal.SIGUSR1, by_handler)
    try:
        with pytest.raises(SystemExit) as handled:
            signal.raise_signal(signal.SIGUSR1)
        assert is_from_signal(handled.value)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_skill_that_leaves_the_process_does_not_pass_its_check(deployment):
    factory = generator(SystemExit(0))
    with pytest.raises(PluginError, match=r"skill 'go_to' raised an exception: .*SystemExit: 0"):
        check_call(served(deployment, factory), parse_call("go_to(table)"), seeds=1)


def test_tracebacks_stand_in_reports_and_answers(deployment, tmp_path):
    (tmp_path / "mine.py").write_text(
        "from treehand.skills import skill\n\n\n"
        "@skill('go_to')\ndef go_to(context, place):\n    yield 0.1\n    {}['<b>']\n"
    )
    (tmp_path / "treehand.yaml").write_text("bindings: {go_to: 'mine.py:go_to'}\n")
    path = tmp_path / "s.scenario.yaml"
    path.write_text("scenario: s\ngoal: go to the table\nconfig: treehand.yaml\nexpect: {}\n")
    [report] = scenario.run(path)
    told = story_of(report)
    assert "mine.py:7 in go_to: KeyError: '<b>'" in told
    assert "{}['<b>']" in told


def test_modules_of_one_name_beside_two_files_do_not_mix(tmp_path):
    for name in ("left", "right", "left"):
        folder = tmp_path / name
        (folder / "gear").mkdir(parents=True, exist_ok=True)
        (folder / "side_of_robot.py").write_text(f"SIDE = '{name}'\n")
        (folder / "gear" / "__init__.py").write_text("")
        (folder / "gear" / "hook.py").write_text(f"HOOK = '{name}'\n")
        (folder / "robot.py").write_text(
            "from gear.hook import HOOK\nfrom side_of_robot import SIDE\nsides = (SIDE, HOOK)\n"
        )
        module, _ = load_reference("robot.py:sides", folder)
        assert module.sides == (name, name)
