"""Questions about a past run, answered from its events alone, in any domain."""

import pytest

from treehand.core.events import (
    Approved,
    FactChange,
    FactsChanged,
    Planned,
    QuestionAnswered,
    QuestionAsked,
    Replanned,
    Retried,
    RunEnded,
    RunStarted,
    SkillEnded,
    SkillStarted,
    StepRefused,
    Stopped,
    Ticked,
    TimedOut,
)
from treehand.core.literals import parse_call, parse_fact
from treehand.orchestrator.history.explain import explain, names_a_step
from treehand.orchestrator.store.journal import Entry

PLAN = {"plan_hash": "1", "goal_words": "", "goal_literals": (), "tree": ""}


def change(fact, value, t_s):
    changes = (FactChange(fact=parse_fact(fact), value=value, source="lidar", confidence=1.0),)
    return FactsChanged(t_s=t_s, changes=changes)


def started(call, t_s, attempt=1):
    path = f"stack/on(crate_1, pallet)/{call}"
    return SkillStarted(t_s=t_s, path=path, call=parse_call(call), attempt=attempt)


def ended(start, result, t_s, code=None, detail=""):
    names = {"path": start.path, "call": start.call, "attempt": start.attempt}
    return SkillEnded(t_s=t_s, result=result, code=code, detail=detail, **names)


LIFT = started("pick(crate_1)", 2.0)
AGAIN = started("pick(crate_1)", 5.0, attempt=2)
PLACE = started("put_on(crate_1, pallet)", 8.0)
EVENTS = [
    RunStarted(
        t_s=0.0, goal="stack it", world="yard", scene="s", domain="d", seed=4, recovery=True
    ),
    change("on(crate_1, floor)", True, 0.0),
    Planned(t_s=0.0, reason="first plan", **PLAN),
    Approved(t_s=0.0, plan_hash="1", by="ann"),
    change("on(crate_1, pallet)", False, 1.0),
    LIFT,
    Ticked(t_s=2.0, tick=1, changes={"stack/on(crate_1, pallet)/on(crate_1, pallet)": "FAILURE"}),
    ended(LIFT, "failure", 4.0, "grasp-dropped", "it slid"),
    Retried(t_s=4.0, path="stack/lift", attempt=2, attempts=3, code="grasp-dropped"),
    AGAIN,
    ended(AGAIN, "success", 7.0),
    TimedOut(t_s=7.5, path="stack/wait", call=None, limit_s=0.5),
    StepRefused(t_s=7.6, path="p", call=parse_call("wrap(crate_2)"), code="c", detail="no film"),
    Replanned(t_s=7.7, number=1, reason="a timeout", given_up=("wrapped(crate_2)",)),
    Planned(t_s=7.7, reason="replan", **PLAN),
    PLACE,
    QuestionAsked(t_s=9.0, question="Go on?", options=("yes", "no")),
    QuestionAnswered(t_s=9.5, answer="no"),
    Stopped(t_s=9.6, reason="a person said no", acknowledged=False, by="ann"),
    RunEnded(
        t_s=10.0,
        outcome="interrupted",
        world_true=None,
        message="stopped",
        leaves_run=3,
        failures={},
        retries=1,
        replans=1,
    ),
]
ENTRIES = [Entry(seq, event, None) for seq, event in enumerate(EVENTS, 1)]


def answers(question):
    return list(map(str, explain(ENTRIES, question)))


def test_a_summary_tells_the_run_from_goal_to_end():
    assert answers("") == [
        "the goal was: stack it (world yard, seed 4)  [event 1]",
        "plan 1 was approved by ann  [event 4]",
        "3 steps were begun, 1 succeeded",
        "4.0 s: pick(crate_1) failed, grasp-dropped: it slid  [event 8]",
        "7.5 s: stack/wait took longer than 0.5 s  [event 12]",
        "4.0 s: lift was tried again after grasp-dropped (attempt 2 of 3)  [event 9]",
        "7.7 s: planned again after a timeout; given up: wrapped(crate_2)  [event 14]",
        "7.7 s: plan 1, replan  [event 15]",
        "9.0 s: asked 'Go on?', answer: no  [events 17, 18]",
        "9.6 s: the robot was stopped by ann, which it did not confirm: a person said no"
        "  [event 19]",
        "it ended at 10.0 s: interrupted, stopped  [event 20]",
    ]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("what did it plan?", "0.0 s: plan 1, first plan  [event 3]"),
        ("why did it stop?", "9.6 s: the robot was stopped by ann"),
        ("was there a fault?", "nothing of that kind happened in this run"),
        ("why did the crate drop?", "4.0 s: pick(crate_1) failed"),
        ("why did the pallet fail?", "nothing of that kind happened in this run"),
        ("what happened?", "2.0 s: pick(crate_1): grasp-dropped after 2.0 s, it slid"),
        ("sing a song", "I do not understand 'sing a song'. I can answer: why did it pick the "),
    ],
)
def test_a_topic_answers_with_its_events(question, first):
    assert answers(question)[0].startswith(first)


@pytest.mark.parametrize("verb", ["grab", "lift", "pick"])
def test_a_step_is_named_by_any_verb_for_it(verb):
    question = f"why did it {verb} the crate 1?"
    assert names_a_step(ENTRIES, question)
    assert answers(question)[:3] == [
        "pick(crate_1) at 2.0 s: 'on(crate_1, pallet)' did not hold"
        " (on(crate_1, pallet) was false, lidar, 1.0 s)  [events 6, 7, 5]",
        "pick(crate_1) at 2.0 s serves the goal 'stack'  [event 6]",
        "2.0 s: pick(crate_1): grasp-dropped after 2.0 s, it slid  [events 6, 8]",
    ]


def test_a_step_without_an_end_says_so():
    [*_, last] = answers("why did it place the crate on the pallet?")
    assert last == "8.0 s: put_on(crate_1, pallet): nobody wrote down how it ended  [event 16]"


def test_a_thing_has_a_history_that_leaves_out_what_was_believed_before():
    assert answers("tell me of the pallet") == [
        "1.0 s: not on(crate_1, pallet), says lidar  [event 5]",
        "8.0 s: put_on(crate_1, pallet): nobody wrote down how it ended  [event 16]",
    ]
    assert answers("tell me of the floor") == ["nothing happened with floor in this run"]
    assert not names_a_step(ENTRIES, "where is the pallet?")


def test_the_time_that_a_run_took_is_told_with_its_longest_steps():
    assert answers("how long did it take?") == [
        "it took 10.0 s, from 0.0 s to 10.0 s  [events 1, 20]",
        "pick(crate_1) took 2.0 s  [event 8]",
        "pick(crate_1) (attempt 2) took 2.0 s  [event 11]",
    ]


def test_what_was_halted_is_told_before_the_stop():
    halted = ended(LIFT, "halted", 3.0, detail="the run was stopped")
    entries = [*ENTRIES[:6], Entry(7, halted, None)]
    told = list(map(str, explain(entries, "what was halted?")))
    assert told == ["3.0 s: pick(crate_1) was halted: the run was stopped  [event 7]"]


def test_a_bare_why_is_answered_with_goal_failures_and_end():
    told = answers("why?")
    assert told[0].startswith("the goal was: stack it")
    assert "4.0 s: pick(crate_1) failed, grasp-dropped: it slid  [event 8]" in told
    assert told[-1].startswith("it ended at 10.0 s")
