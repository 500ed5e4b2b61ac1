"""The console without a terminal: what a person says, and what comes of it."""

import threading

import pytest

from treehand.console import (
    Asked,
    Conversation,
    Ended,
    Happened,
    Proposed,
    Said,
    ToEdit,
    Understood,
)
from treehand.console.intents import Intent, classify
from treehand.core.clock import MonotonicClock
from treehand.core.errors import ListenerError
from treehand.core.events import PlanRejected, Rearmed
from treehand.orchestrator.people.approval import ApprovalPolicy
from treehand.orchestrator.people.person import chosen_option
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace
from treehand.scenarios import cases_of, load_variants, run_case


class Talk:
    """A conversation, and everything it said."""

    def __init__(self, deployment, folder, **options):
        self.messages = []
        self._told = threading.Condition()
        self.workspace = Workspace(folder / "runs")
        self.conversation = Conversation(
            deployment, workspace=self.workspace, tell=self._tell, folder=folder, **options
        )

    def _tell(self, message):
        with self._told:
            self.messages.append(message)
            self._told.notify_all()

    def say(self, *lines):
        """Say lines one after the other, each when the last one's run is over or asks."""
        for line in lines:
            self.conversation.say(line)
            assert self.conversation.wait_for_turn(60.0)
        return self

    def until(self, fits, timeout_s=10.0):
        """Wait until a message fits, and return it."""
        with self._told:
            found = self._told.wait_for(lambda: next(filter(fits, self.messages), None), timeout_s)
        assert found is not None, self.messages[-5:]
        return found

    def said(self, *, since=0):
        return "\n".join(m.text for m in self.messages[since:] if isinstance(m, Said))

    def last(self, kind):
        return next(m for m in reversed(self.messages) if isinstance(m, kind))

    @property
    def results(self):
        return [m.result for m in self.messages if isinstance(m, Ended)]

    @property
    def truth(self):
        return self.conversation.robot.world.world.state


@pytest.fixture
def talk(deployment, tmp_path):
    made = []

    def make(**options):
        made.append(Talk(deployment, tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.conversation.close()


def test_a_goal_is_understood_planned_approved_and_done(talk):
    one = talk().say("put the red mug in the dishwasher")
    assert one.last(Understood).goal.literals() == ("in(red_mug, dishwasher)",)
    assert str(one.last(Proposed).plan.certificate.steps[-1]) == "put_in(red_mug, dishwasher)"
    assert one.results == []
    one.say("yes")
    assert one.results[0].outcome == "success"
    assert one.truth.things["red_mug"].place == "dishwasher"


def test_the_world_goes_on_from_one_goal_to_the_next(talk):
    one = talk().say("put the red mug in the sink", "yes", "put the red mug in the sink")
    assert "already-true" in one.said()
    assert [result.run_id for result in one.results] == ["0001"]
    assert len(one.workspace.runs()) == 1  # a goal that is true already has no run


def test_a_listener_that_raises_does_not_break_the_run(deployment, tmp_path):
    shown = []

    def show(message):
        shown.append(message)
        if isinstance(message, Happened):
            raise ValueError("no such colour")

    conversation = Conversation(deployment, workspace=Workspace(tmp_path / "runs"), tell=show)
    conversation.say("open the fridge")
    conversation.say("yes")
    assert conversation.wait_for_turn(60.0)
    conversation.say("is the fridge open?")
    with pytest.raises(ListenerError, match="'show' raised at event 'Happened'") as raised:
        conversation.close()
    assert isinstance(raised.value.__cause__, ValueError)
    assert [m.result.outcome for m in shown if isinstance(m, Ended)] == ["success"]
    assert shown[-1].text.startswith("yes: fridge is open")


def test_the_turn_is_the_persons_only_when_nothing_runs_or_something_is_asked(talk):
    one = talk(clock=MonotonicClock(60.0))
    assert one.conversation.wait_for_turn(0.0)
    one.say("clean the kitchen")
    one.conversation.say("yes")
    one.until(happened("skill-started"))
    assert not one.conversation.wait_for_turn(0.0)
    one.conversation.say("stop")
    assert one.conversation.wait_for_turn(10.0)
    assert one.results[0].outcome == "interrupted"


def test_a_plan_that_waits_is_not_replaced_by_a_goal_of_the_queue(slow):
    """An edit that leads to no plan ends no proposal."""
    slow.say("open the fridge")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("open the drawer")
    slow.conversation.say("put the red mug in the sink")
    slow.until(lambda m: isinstance(m, Proposed) and m.plan.goal.text == "open the drawer")
    slow.conversation.say("actually open the fridge")
    assert slow.conversation.queued == ("put the red mug in the sink",)


@pytest.mark.parametrize("words", ["no", "n", "reject", "No!"])
def test_a_no_moves_nothing_and_is_written_down(talk, words):
    one = talk().say("open the fridge", words)
    assert not one.truth.open["fridge"]
    events = list(read_events(one.workspace.find_run("1").journal))
    assert any(isinstance(event, PlanRejected) for event in events)


def test_a_no_with_a_reason_leads_to_another_plan(talk):
    one = talk().say("load the dishwasher", "no, not the glass")
    plans = [m.plan for m in one.messages if isinstance(m, Proposed)]
    assert any("glass" in step.arguments for step in plans[0].certificate.steps)
    assert not any("glass" in step.arguments for step in plans[1].certificate.steps)
    assert "every tableware except glass" in one.said()
    rejected = list(read_events(one.workspace.find_run("1").journal))
    assert next(e.reason for e in rejected if isinstance(e, PlanRejected)) == "not the glass"


def test_a_reason_may_forbid_a_step(talk):
    one = talk().say("put the apple and the red mug away", "no, don't open the fridge")
    steps = one.last(Proposed).plan.certificate.steps
    assert not any("fridge" in step.arguments for step in steps)
    assert any("red_mug" in step.arguments for step in steps)


def test_a_reason_that_is_not_understood_is_kept_and_asked_about(talk):
    one = talk().say("open the fridge", "no, it smells")
    assert "say what shall be left out" in one.said()
    assert "the plan still waits" in one.said()
    assert one.results == []


def test_an_edited_tree_is_checked_and_runs(talk):
    one = talk().say("put the red mug in the sink", "edit")
    yaml = one.last(ToEdit).yaml
    one.conversation.edited(yaml.replace("put_in(", "put_inn("))
    assert "unknown-skill" in one.said()
    assert "did you mean 'put_in'" in one.said()
    assert one.conversation.is_waiting
    one.conversation.edited(yaml)
    assert "nothing was changed" in one.said()
    one.conversation.edited(yaml.replace("timeout: 60 s", "timeout: 50 s"))
    one.say("yes")
    assert one.results[-1].outcome == "success"
    assert one.truth.things["red_mug"].place == "sink"


def test_what_is_unclear_is_asked_and_answered(talk):
    one = talk().say("put the mug in the sink")
    assert one.last(Asked).question.options == ("red mug", "blue mug")
    one.say("1", "yes")
    assert one.truth.things["red_mug"].place == "sink"


def test_another_goal_may_take_the_place_of_an_answer(talk):
    one = talk().say("put the mug in the sink", "open the drawer", "yes")
    assert one.truth.open["drawer"]


@pytest.mark.parametrize("line", ["frobnicate the mug", "mug", "", "   ", "/nonsense", "hmm"])
def test_nothing_that_is_said_meets_silence(talk, line):
    one = talk()
    one.conversation.say(line)
    assert one.said().strip() or isinstance(one.messages[-1], Asked)


def test_follow_ups_remember_what_was_said(talk):
    one = talk().say("put the red mug in the sink", "yes", "and the first bowl too", "yes")
    assert one.truth.things["bowl_1"].place == "sink"
    one.say("put it in the dishwasher", "yes")
    assert one.truth.things["bowl_1"].place == "dishwasher"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("is the fridge open?", "no: fridge is closed (camera"),
        ("where is the red mug?", "red mug is on counter (camera"),
        ("where is the blue mug?", "I do not know where blue mug is"),
        ("what is in the sink?", "bowl 2"),
        ("what is in the fridge?", "nothing that I know of (fridge is closed)"),
        ("which mugs are dirty?", "red mug"),
        ("how many dishes are on the table?", "4: plate 1, plate 2, bowl 1, glass"),
        ("what are you holding?", "nothing"),
    ],
)
def test_questions_about_the_world_are_answered_from_what_is_believed(talk, question, answer):
    one = talk()
    one.conversation.say(question)
    assert one.said().startswith(answer)


def test_questions_about_the_past_find_the_run_that_they_are_about(talk):
    one = talk().say("open the fridge", "yes", "put the red mug in the sink", "yes")
    one.conversation.say("why did you open the fridge?")
    assert "'is_open(fridge)' did not hold" in one.said()
    one.conversation.say("what did you do?")
    assert "put_in(red_mug, sink): success" in one.said()


def test_why_after_a_refusal_is_about_the_refused_goal(talk):
    said = talk().say("throw the can away", "yes", "yes", "put the table in the sink", "why?")
    assert said.said().splitlines()[-1].startswith("'put the table in the sink' is not run")
    said.say("open the fridge", "why?")
    assert "not run" not in said.said().splitlines()[-1]
    said.say("yes", "why?")
    assert "not run" not in said.said().splitlines()[-1]


def test_the_deployment_may_ask_nothing(talk):
    one = talk(policy=ApprovalPolicy.NEVER).say("open the fridge")
    assert one.results[0].outcome == "success"


def test_a_step_that_cannot_be_undone_is_asked_about_while_it_runs(talk):
    one = talk().say("throw the can away", "yes")
    assert "cannot be undone" in one.last(Asked).question.text
    one.conversation.say("what are you holding?")
    assert "the robot holds can" in one.said()
    assert "please answer first: yes / no" in one.said()
    one.say("yes")
    assert one.results[0].outcome == "success"


def test_save_makes_a_tree_and_a_scenario_that_passes(talk, tmp_path):
    one = talk().say("open the dishwasher", "yes", "/save too_early_is_fine")
    one.say("put the red mug in the dishwasher", "yes", "/save put_mug_away")
    assert (tmp_path / "put_mug_away.tree.yaml").exists()
    (variant,) = load_variants(tmp_path / "put_mug_away.scenario.yaml")
    assert [str(atom) for atom in variant.scenario.start] == ["is_open(dishwasher)"]
    for case in cases_of([variant]):
        assert run_case(case).problems == ()
    one.say("/save put_mug_away", "/save Not-A-Name")
    assert "file-exists" in one.said()
    assert "wrong-name" in one.said()


# While it runs: in real time, sped up.


@pytest.fixture
def slow(talk):
    return talk(clock=MonotonicClock(60.0))


def happened(kind, call=""):
    return lambda m: (
        isinstance(m, Happened)
        and m.event.event == kind
        and call in str(getattr(m.event, "call", call))
    )


def saying(text):
    return lambda m: isinstance(m, Said) and text in m.text


def test_stop_stops_at_once_and_needs_a_rearm(slow):
    slow.say("clean the kitchen")
    slow.conversation.say("yes")
    slow.until(happened("skill-ended"))
    slow.conversation.say("STOP!!")
    slow.conversation.wait(5)
    assert slow.results[0].outcome == "interrupted"
    slow.say("open the fridge")
    assert "this world is stopped" in slow.said()
    slow.say("rearm", "no")
    assert "still stopped" in slow.said()
    slow.say("rearm", "yes", "go on")
    assert "seen now: " in slow.said()
    assert "re-armed" in slow.said()
    assert slow.last(Proposed).plan.goal.text == "clean the kitchen"
    events = list(read_events(slow.workspace.find_run("1").journal))
    assert [e.by for e in events if isinstance(e, Rearmed)] == ["the person at the console"]


def test_wait_holds_still_after_the_step_until_go_on(slow):
    slow.say("clean the kitchen")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("wait")
    slow.until(happened("held"))
    count = len(slow.messages)
    slow.conversation.say("what are you holding?")
    assert not any(map(happened("skill-started"), slow.messages[count:]))
    slow.conversation.say("go on")
    slow.until(happened("resumed-from-hold"))
    slow.until(lambda m: happened("skill-ended")(m) and slow.messages.index(m) > count)


def test_skip_leaves_things_out_from_the_next_step_on(slow):
    slow.say("load the dishwasher")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("skip the bowls")
    slow.until(saying("the goal is changed"))
    assert "tableware except bowl 1 and bowl 2" in slow.said()
    slow.conversation.wait(20)
    assert slow.results[0].outcome == "success"
    assert slow.truth.things["bowl_1"].place == "table"
    assert slow.truth.things["plate_1"].place == "dishwasher"


@pytest.mark.slow
def test_actually_changes_where_one_thing_goes(slow):
    slow.say("load the dishwasher")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("actually put the red mug in the sink")
    slow.until(saying("the goal is changed"))
    slow.conversation.wait(20)
    assert slow.results[0].outcome == "success"
    assert slow.truth.things["red_mug"].place == "sink"
    assert slow.truth.things["plate_1"].place == "dishwasher"


def test_a_goal_said_while_another_runs_waits_for_its_turn(slow):
    slow.say("open the fridge")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("open the drawer")
    assert slow.conversation.queued == ("open the drawer",)
    slow.until(lambda m: isinstance(m, Proposed) and m.plan.goal.text == "open the drawer")
    slow.say("yes")
    assert slow.truth.open["drawer"]


def test_what_cannot_be_changed_says_why_and_goes_on(slow):
    slow.say("open the fridge")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    for line in ("skip the unicorn", "skip the fridge", "actually fly", "yes"):
        count = len(slow.messages)
        slow.conversation.say(line)
        assert slow.said(since=count)
    slow.conversation.wait(10)
    assert slow.results[0].outcome == "success"


@pytest.mark.slow
def test_a_second_change_does_not_undo_the_first(slow):
    slow.say("load the dishwasher")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("skip the glass")
    slow.conversation.say("skip the bowls")
    slow.conversation.wait(20)
    places = {name: slow.truth.things[name].place for name in ("glass", "bowl_1", "plate_1")}
    assert places == {"glass": "table", "bowl_1": "table", "plate_1": "dishwasher"}


def test_a_change_in_the_last_step_is_not_lost(slow):
    slow.say("open the fridge")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("actually put the red mug in the sink")
    slow.until(lambda m: isinstance(m, Proposed) or saying("the goal is changed")(m))
    slow.conversation.wait(10)
    if slow.conversation.is_waiting:
        slow.say("yes")
    assert slow.truth.things["red_mug"].place == "sink"


def test_cancel_while_it_runs_stops_it(slow):
    slow.say("clean the kitchen")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("cancel")
    slow.conversation.wait(5)
    assert slow.results[0].outcome == "interrupted"


def test_a_console_that_is_left_while_a_stop_is_being_latched_adds_none(slow):
    slow.say("clean the kitchen")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    robot = slow.conversation.robot
    robot.runs.current.run.request_stop("interrupted", by="SIGTERM")  # as its request begins
    slow.conversation.close()
    assert [stop.by for stop in robot.stops] == ["SIGTERM"]


def test_a_stop_reaches_a_goal_that_begins_just_now(talk):
    """Nothing is asked, so the next goal begins at once, in the thread of the one before."""
    one = talk(clock=MonotonicClock(60.0), policy=ApprovalPolicy.NEVER)
    one.conversation.say("open the fridge")
    one.conversation.say("open the drawer")
    one.until(saying("next: open the drawer"))
    one.conversation.say("stop")
    one.conversation.wait(5)
    assert not one.truth.open["drawer"]
    assert one.conversation.robot.stops


def test_an_edit_that_misses_the_goal_says_so_and_runs_no_further(talk):
    one = talk().say("put the red mug in the sink", "edit")
    yaml = one.last(ToEdit).yaml
    call = "ensure_in_container(red_mug, {})"
    one.conversation.edited(yaml.replace(call.format("sink"), call.format("dishwasher")))
    assert "does not reach the goal" in one.said()
    one.say("yes")
    assert one.results[-1].outcome == "success"
    assert one.results[-1].replans == 0
    assert one.truth.things["red_mug"].place == "dishwasher"


def test_an_edit_that_cannot_run_keeps_the_plan_that_waits(talk):
    one = talk().say("put the red mug in the sink", "edit")
    yaml = one.last(ToEdit).yaml
    one.conversation.edited(f"params: {{what: mug}}\n{yaml}")
    assert "missing-parameter" in one.said()
    one.say("yes")
    assert one.results[-1].outcome == "success"


def test_what_is_unclear_in_a_change_is_asked_and_answered(slow):
    slow.say("load the dishwasher")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("actually put the mug in the sink")
    assert slow.last(Asked).question.options == ("red mug", "blue mug")
    slow.conversation.say("the red one")
    slow.until(saying("the goal is changed"))
    assert slow.conversation.queued == ()


@pytest.mark.slow
def test_a_long_request_is_answered_quickly(talk):
    """Its readings double with every clause."""
    one = talk()
    clauses = [f"put plate {n % 3 + 1} in the dishwasher" for n in range(14)]
    one.conversation.say(" and ".join(clauses))
    one.conversation.say("no")
    one.conversation.say(" and ".join(clauses * 5))
    assert "say it shorter, or in several goals" in one.said()


@pytest.mark.parametrize(
    ("answer", "option"),
    [
        *[
            (text, "red mug")
            for text in ("1", "the red one", "RED MUG!", "first", "red mug please")
        ],
        *[(text, "blue mug") for text in ("2.", "the second one", "blue")],
        *[(text, None) for text in ("", "mug", "both", "3", "green")],
    ],
)
def test_people_answer_in_many_ways(answer, option):
    assert chosen_option(answer, ("red mug", "blue mug")) == option


@pytest.mark.parametrize(
    ("answer", "option"),
    [
        ("Yes.", "yes"),
        ("okay", "yes"),
        ("No!", "no"),
        ("2", "no"),
        ("ye", "yes"),
        ("y?", None),
        ("yes? which one", None),
        ("maybe", None),
        ("yes, 但不要玻璃杯", None),
        ("y, кроме стакана", None),
    ],
)
def test_people_say_yes_in_many_ways(answer, option):
    assert chosen_option(answer, ("yes", "no")) == option


@pytest.mark.parametrize(
    ("line", "intent"),
    [
        ("stop", Intent.STOP),
        ("STOP!!!", Intent.STOP),
        ("stop it, now", Intent.STOP),
        ("please stop", Intent.STOP),
        ("no, stop!", Intent.STOP),
        ("ok stop", Intent.STOP),
        ("actually stop", Intent.STOP),
        ("don't move", Intent.STOP),
        ("enough", Intent.STOP),
        ("/stop", Intent.STOP),
        ("stop?", Intent.STOP),
        ("open the fridge\nstop", Intent.STOP),
        ("please wait a second", Intent.HOLD),
        ("hold it", Intent.HOLD),
        ("hold the mug", Intent.OTHER),
        ("no not the glass", Intent.NO),
        ("no,not the glass", Intent.NO),
        ("can you open the fridge?", Intent.OTHER),
        ("halt the robot", Intent.STOP),
        ("wait", Intent.HOLD),
        ("Hold on.", Intent.HOLD),
        ("go on", Intent.GO_ON),
        ("yes", Intent.YES),
        ("no, not the mug", Intent.NO),
        ("skip the plates", Intent.SKIP),
        ("actually, put it back", Intent.INSTEAD),
        ("and the bowl too", Intent.ALSO),
        ("the bowl too", Intent.ALSO),
        ("what is in the fridge", Intent.QUESTION),
        ("why?", Intent.QUESTION),
        ("/save it", Intent.COMMAND),
        ("never mind", Intent.NEVER_MIND),
        ("clean the kitchen", Intent.OTHER),
        ("  ", Intent.NOTHING),
    ],
)
def test_a_line_is_sorted_by_its_first_words(line, intent):
    assert classify(line).intent is intent


def test_what_is_said_during_a_run_is_read_when_it_is_said(talk):
    slow = talk(clock=MonotonicClock(10.0))
    slow.say("clean the kitchen")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("put the mug in the cupboard")
    slow.until(lambda m: isinstance(m, Asked) and "which one is 'the mug'?" in m.question.text)
    assert slow.conversation.queued == ()
    slow.conversation.say("the blue one")
    slow.until(saying("queued as number 1: put the blue mug in the cupboard"))
    slow.conversation.say("xyzzy the plugh")
    slow.until(saying("there is no plugh here"))
    slow.conversation.say("thank you")
    slow.until(saying("You are welcome"))
    assert slow.conversation.queued == ("put the blue mug in the cupboard",)
    assert slow.conversation.is_running
    slow.conversation.say("stop")
    slow.conversation.wait(10)


def test_a_correction_is_of_the_goal_that_was_said_last_and_the_run_goes_on(talk):
    slow = talk(clock=MonotonicClock(10.0))
    slow.say("clean the kitchen")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("put the blue mug in the cupboard")
    slow.until(saying("queued as number 1: put the blue mug in the cupboard"))
    slow.conversation.say("no wait, the sink")
    slow.until(saying("number 1 of the queue is now: "))
    (waiting,) = slow.conversation.queued
    assert "sink" in waiting
    assert slow.conversation.is_running
    slow.conversation.say("stop")
    slow.conversation.wait(10)


@pytest.mark.slow
def test_questions_about_a_run_are_answered_while_it_runs(slow):
    slow.say("clean the kitchen")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    for line, told in (
        ("what are you doing?", "step 1/"),
        ("how long will it take?", "left, if nothing fails"),
        ("what's next?", "next: "),
        ("why?", "the goal is: "),
        ("is it safe?", "cannot be undone"),
        ("undo that", "it is running: say 'stop'"),
    ):
        slow.conversation.say(line)
        slow.until(saying(told))
    slow.conversation.say("stop")
    slow.conversation.wait(10)


def test_a_limit_that_is_said_during_a_run_is_journalled_and_in_force_in_it(slow):
    slow.say("clean the kitchen")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("slow down")
    limits = slow.until(happened("limits-changed")).event
    assert [(one.subject, one.speed) for one in limits.limits] == [("", 0.5)]
    assert limits.t_s > 0
    slow.conversation.say("stop")
    slow.conversation.wait(10)


@pytest.mark.slow
def test_a_correction_during_a_run_changes_its_goal(slow):
    slow.say("put the red mug in the dishwasher")
    slow.conversation.say("yes")
    slow.until(happened("skill-started"))
    slow.conversation.say("not there, in the sink")
    slow.until(saying("the goal is changed"))
    slow.conversation.wait(30)
    assert slow.results[-1].outcome == "success"
    assert slow.results[-1].goal.literals == ("in(red_mug, sink)",)


@pytest.mark.parametrize(
    ("line", "intent"),
    [
        ("perfect, go ahead", Intent.YES),
        ("alright then, do it", Intent.YES),
        ("is that right, yes?", Intent.QUESTION),
        ("ok, is it safe, yes?", Intent.QUESTION),
        ("no, do it", Intent.NO),
        ("that is not fine, go ahead", Intent.OTHER),
        ("ok, stop", Intent.STOP),
    ],
)
def test_a_yes_after_some_talk_is_a_yes_and_a_question_is_none(line, intent):
    assert classify(line).intent is intent
