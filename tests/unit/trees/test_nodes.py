"""What each node and modifier does, tick by tick."""

import re

import pytest

from tests.conftest import believe
from treehand.core.events import Retried, SkillEnded, SkillStarted, StepSkipped
from treehand.skills import FailureCode, HaltStep, Skill, SkillStep
from treehand.skills.domain import Percept, parse_fact
from treehand.trees import Status, cause_of
from treehand.trees.runtime.arbiter import HALT_POLL_S

DROPPED = FailureCode.GRASP_DROPPED


def tree(root: str) -> str:
    return f"tree: t\nroot:\n{root}"


def ended(bench):
    return [(str(e.call), e.result, e.code) for e in bench.events if isinstance(e, SkillEnded)]


def test_a_check_wants_to_know(bench):
    run = bench(tree("  check: is_open(fridge)"))
    assert run.tick() == "FAILURE"
    assert cause_of(run.compiled.root).detail == "'is_open(fridge)' is unknown"
    believe(run.facts, "is_open(fridge)")
    assert run.tick() == "SUCCESS"
    believe(run.facts, "not is_open(fridge)")
    assert run.tick() == "FAILURE"
    assert cause_of(run.compiled.root).detail == "'is_open(fridge)' is false"


def test_a_precondition_known_to_be_false_keeps_the_skill_from_starting(bench):
    run = bench(tree("  do: pick(red_mug)"))
    believe(run.facts, "holding(apple)")
    assert run.tick() == "FAILURE"
    assert cause_of(run.compiled.root).code is FailureCode.PRECONDITION_FALSE
    assert run.made == []
    [refused] = run.events
    assert refused.event == "step-refused"
    assert refused.detail == "'hand_empty()' is false"
    run.tick()
    assert len(run.events) == 1, "it is said once while the reason stays"


def test_success_against_what_is_observed_is_a_failure(bench):
    run = bench(tree("  do: open(fridge)"))
    believe(run.facts, "not is_open(fridge)", "hand_empty()")
    run.script("open(fridge)", 2, "SUCCESS")
    assert run.run() == "FAILURE"
    assert cause_of(run.compiled.root).code is FailureCode.EFFECT_MISSING


def test_only_predicted_predicates_become_facts_by_success(bench):
    run = bench(tree("  do: wipe(counter, sponge)"))
    believe(run.facts, "holding(sponge)")
    run.script("wipe(counter, sponge)", "SUCCESS")
    assert run.run() == "SUCCESS"
    beliefs = {str(fact): held.source for fact, held in run.facts.known()}
    assert beliefs["wiped(counter)"] == "predicted by wipe(counter, sponge)"


def test_an_exception_in_a_skill_becomes_a_failure_and_the_skill_is_halted(bench):
    run = bench(tree("  fallback:\n    - do: go_to(table)\n    - check: hand_empty()"))
    believe(run.facts, "hand_empty()")
    halts = []

    class Broken(Skill):
        def start(self):
            self.due_s = run.clock.now_s() + 1

        def step(self):
            if run.clock.now_s() < self.due_s:
                return SkillStep.running(self.due_s)
            raise ZeroDivisionError("oh")

        def halt(self):
            halts.append(run.clock.now_s())
            return HaltStep.DONE

    run.skills["go_to(table)"] = lambda context: Broken()
    assert run.run() == "SUCCESS"
    assert halts == [1]
    call, result, code = ended(run)[0]
    assert (call, result, code) == ("go_to(table)", "failure", "skill-error")
    detail = next(e.detail for e in run.events if isinstance(e, SkillEnded))
    assert "ZeroDivisionError: oh" in detail
    assert "bench.tree.yaml:4:11" in detail


@pytest.mark.parametrize("nonsense", [None, "SUCCESS", 5, Status.SUCCESS])
def test_a_skill_that_returns_no_step_fails_with_a_code(bench, nonsense):
    run = bench(tree("  do: go_to(table)"))

    class Nonsense(Skill):
        def start(self):
            pass

        def step(self):
            return nonsense

        def halt(self):
            return HaltStep.DONE

    run.skills["go_to(table)"] = lambda context: Nonsense()
    assert run.run() == "FAILURE"
    assert cause_of(run.compiled.root).code is FailureCode.SKILL_ERROR


def test_retry_tries_named_failures_again_after_its_first_step(bench):
    run = bench(
        tree(
            "  do: pick(red_mug)\n"
            "  retry: {attempts: 3, on: [grasp-dropped], backoff: 2 s, first: look_for(red_mug)}"
        )
    )
    run.script("pick(red_mug)", *[1, DROPPED] * 3)
    run.script("look_for(red_mug)", *[1, "SUCCESS"] * 2)
    assert run.run() == "FAILURE"
    assert run.made == ["pick(red_mug)", "look_for(red_mug)"] * 2 + ["pick(red_mug)"]
    assert [(e.attempt, e.code) for e in run.events if isinstance(e, Retried)] == [
        (2, "grasp-dropped"),
        (3, "grasp-dropped"),
    ]
    assert run.clock.now_s() == 1 + (2 + 1) + 1 + (4 + 1) + 1
    assert cause_of(run.compiled.root).code is DROPPED
    attempts = [
        e.attempt for e in run.events if isinstance(e, SkillStarted) and e.call.name == "pick"
    ]
    assert attempts == [1, 2, 3]


def test_retry_leaves_other_failures_alone(bench):
    run = bench(tree("  do: pick(red_mug)\n  retry: {attempts: 3, on: [grasp-dropped]}"))
    run.script("pick(red_mug)", FailureCode.OBJECT_BROKEN)
    assert run.run() == "FAILURE"
    assert run.made == ["pick(red_mug)"]


def test_a_failed_first_step_ends_the_retry(bench):
    run = bench(
        tree("  do: pick(red_mug)\n  retry: {on: [grasp-dropped], first: look_for(red_mug)}")
    )
    run.script("pick(red_mug)", DROPPED)
    run.script("look_for(red_mug)", FailureCode.OBJECT_NOT_FOUND)
    assert run.run() == "FAILURE"
    assert cause_of(run.compiled.root).code is FailureCode.OBJECT_NOT_FOUND


def test_a_retry_does_not_replay_a_step_whose_effect_holds(bench):
    run = bench(
        tree(
            "  sequence:\n    - do: open(fridge)\n    - do: go_to(table)\n"
            "  retry: {attempts: 2, on: [path-blocked]}"
        )
    )
    believe(run.facts, "hand_empty()")
    run.script("open(fridge)", run.seeing("is_open(fridge)"), "SUCCESS")
    run.script("go_to(table)", FailureCode.PATH_BLOCKED, "SUCCESS")
    assert run.run() == "SUCCESS"
    assert run.made == ["open(fridge)", "go_to(table)", "go_to(table)"]
    assert [str(e.call) for e in run.events if isinstance(e, StepSkipped)] == ["open(fridge)"]


def test_a_retry_replays_a_step_whose_effect_was_undone(bench):
    run = bench(
        tree(
            "  sequence:\n    - do: open(fridge)\n    - do: go_to(table)\n"
            "  retry: {attempts: 2, on: [path-blocked]}"
        )
    )
    believe(run.facts, "hand_empty()")
    run.script("open(fridge)", *[run.seeing("is_open(fridge)"), "SUCCESS"] * 2)
    slams = run.seeing("not is_open(fridge)")
    run.script("go_to(table)", slams, FailureCode.PATH_BLOCKED, "SUCCESS")
    assert run.run() == "SUCCESS"
    assert run.made.count("open(fridge)") == 2


def test_a_timeout_halts_the_skill_and_fails(bench):
    run = bench(tree("  do: go_to(table)\n  timeout: 3 s"))
    run.script("go_to(table)", 60, "SUCCESS")
    assert run.run() == "FAILURE"
    assert run.clock.now_s() == 3
    assert cause_of(run.compiled.root).code is FailureCode.TIMEOUT
    assert ended(run) == [("go_to(table)", "halted", "halted")]


def test_a_timeout_is_per_attempt(bench):
    run = bench(tree("  do: go_to(table)\n  timeout: 3 s\n  retry: {attempts: 2, on: [timeout]}"))
    run.script("go_to(table)", 60, 2, "SUCCESS")
    assert run.run() == "SUCCESS"
    assert run.clock.now_s() == 5


def test_unless_is_checked_once_at_the_start(bench):
    run = bench(tree("  do: go_to(table)\n  unless: is_open(fridge)"))
    run.script("go_to(table)", 1, "SUCCESS")
    assert run.tick() == "RUNNING"
    believe(run.facts, "is_open(fridge)")
    assert run.run() == "SUCCESS"
    assert run.made == ["go_to(table)"]
    assert run.run() == "SUCCESS"
    assert run.made == ["go_to(table)"]


def test_while_is_checked_at_every_tick(bench):
    run = bench(tree("  do: go_to(table)\n  while: is_open(fridge)"))
    run.script("go_to(table)", 9, "SUCCESS")
    believe(run.facts, "is_open(fridge)")
    assert run.tick() == "RUNNING"
    believe(run.facts, "not is_open(fridge)")
    assert run.tick() == "FAILURE"
    assert ended(run) == [("go_to(table)", "halted", "halted")]
    assert "guard" in cause_of(run.compiled.root).detail


def test_invert_and_repeat(bench):
    run = bench(tree("  check: is_open(fridge)\n  invert: true"))
    assert run.tick() == "SUCCESS"
    believe(run.facts, "is_open(fridge)")
    assert run.tick() == "FAILURE"
    run = bench(tree("  do: go_to(table)\n  repeat: 3"))
    run.script("go_to(table)", *[1, "SUCCESS"] * 3)
    assert run.run() == "SUCCESS"
    assert run.clock.now_s() == 3


def test_parallel_waits_for_all_or_one(bench):
    text = "  parallel:\n    - do: go_to(table)\n    - do: turn_off(left_knob)\n"
    run = bench(tree(text))
    believe(run.facts, "hand_empty()")
    run.script("go_to(table)", 1, "SUCCESS")
    run.script("turn_off(left_knob)", 1, "SUCCESS")
    assert run.run() == "SUCCESS"
    assert run.clock.now_s() == 2, "both need the base, so one waits for the other"


def test_memory_carries_on_and_no_memory_checks_again(bench):
    text = "  sequence:\n    - check: is_open(fridge)\n    - do: go_to(table)\n"
    for memory, result in (("true", "SUCCESS"), ("false", "FAILURE")):
        run = bench(tree(f"{text}  memory: {memory}"))
        run.script("go_to(table)", 2, "SUCCESS")
        believe(run.facts, "is_open(fridge)")
        assert run.tick() == "RUNNING"
        believe(run.facts, "not is_open(fridge)")
        assert run.run() == result


def test_stop_before_start(bench):
    """A skill that takes its place waits until the last one has come to rest."""
    run = bench(
        tree(
            "  fallback:\n    - sequence:\n        - check: is_open(fridge)\n"
            "        - do: go_to(table)\n    - do: go_to(sink)\n  memory: false"
        )
    )
    run.script("go_to(sink)", 60, halts=2)
    run.script("go_to(table)", 1, "SUCCESS")
    assert run.tick() == "RUNNING"
    believe(run.facts, "is_open(fridge)")
    assert run.run() == "SUCCESS"
    skills = (e for e in run.events if e.event.startswith("skill-"))
    events = [(e.event, str(e.call), e.t_s) for e in skills]
    assert events == [
        ("skill-started", "go_to(sink)", 0),
        ("skill-ended", "go_to(sink)", 2 * HALT_POLL_S),
        ("skill-started", "go_to(table)", 2 * HALT_POLL_S),
        ("skill-ended", "go_to(table)", 2 * HALT_POLL_S + 1),
    ]


def test_a_halt_that_is_never_confirmed_is_reported(bench):
    run = bench(tree("  do: go_to(table)\n  while: is_open(fridge)"))
    believe(run.facts, "is_open(fridge)")
    run.script("go_to(table)", 60, halts=10_000)
    run.tick()
    believe(run.facts, "not is_open(fridge)")
    run.tick()
    late = ()
    while not late:
        run.clock.wait_until(run.runtime.wakeups.next_s())
        late = run.runtime.arbiter.poll()
    assert late == ("go_to(table)",)
    assert run.clock.now_s() == pytest.approx(2.0)


def test_for_each_takes_in_what_is_found_late(bench):
    text = "  for_each: c in cabinet where is_open(c)\n  each:\n"
    text += "    do: close(c)\n    unless: not is_open(c)\n  memory: false"
    run = bench(tree(text))
    believe(run.facts, "is_open(fridge)", "hand_empty()")
    closed = run.seeing("not is_open(fridge)", "is_open(drawer)")
    run.script("close(fridge)", 1, closed, "SUCCESS")
    run.script("close(drawer)", 1, run.seeing("not is_open(drawer)"), "SUCCESS")
    assert run.run() == "SUCCESS"
    assert run.made == ["close(fridge)", "close(drawer)"]


def test_for_each_any_stops_at_the_first_success(bench):
    run = bench(
        tree("  for_each: c in cabinet where not is_open(c)\n  mode: any\n  each:\n    do: open(c)")
    )
    believe(run.facts, "hand_empty()", "not is_open(fridge)", "not is_open(cupboard)")
    run.script("open(fridge)", FailureCode.DOOR_JAMMED)
    run.script("open(cupboard)", run.seeing("is_open(cupboard)"), "SUCCESS")
    assert run.run() == "SUCCESS"
    assert run.made == ["open(fridge)", "open(cupboard)"]


def test_for_each_any_of_nothing_fails(bench):
    run = bench(
        tree("  for_each: c in cabinet where is_open(c)\n  mode: any\n  each: {do: close(c)}")
    )
    assert run.run() == "FAILURE"
    assert "nothing qualifies" in cause_of(run.compiled.root).detail


def test_for_each_any_tells_what_nobody_has_seen(bench):
    run = bench(
        tree("  for_each: c in cabinet where is_open(c)\n  mode: any\n  each: {do: close(c)}")
    )
    believe(run.facts, "not is_open(fridge)")
    assert run.run() == "FAILURE"
    detail = cause_of(run.compiled.root).detail
    assert "nothing has shown 'is_open(" in detail
    assert "is_open(fridge)" not in detail
    assert "hides" in detail


def test_the_cause_of_a_fallback_is_more_than_a_false_condition(bench):
    run = bench(tree("  fallback:\n    - do: go_to(table)\n    - check: is_open(fridge)"))
    run.script("go_to(table)", FailureCode.PATH_BLOCKED)
    assert run.run() == "FAILURE"
    assert cause_of(run.compiled.root).code is FailureCode.PATH_BLOCKED


def test_every_activation_ends_once(bench):
    run = bench(tree("  do: go_to(table)\n  timeout: 3 s\n  retry: {attempts: 4, on: [timeout]}"))
    run.script("go_to(table)", *[60] * 4)
    run.run()
    started = [e.attempt for e in run.events if isinstance(e, SkillStarted)]
    assert started == [e.attempt for e in run.events if isinstance(e, SkillEnded)] == [1, 2, 3, 4]


def test_an_optional_node_makes_a_success_of_a_failure(bench):
    run = bench(tree("  sequence:\n    - {check: is_open(fridge), optional: true}"))
    assert run.tick() == "SUCCESS"


def test_a_failure_is_a_tree_down_to_the_leaves_that_decided_it(bench):
    text = """  fallback:
    - {check: is_open(fridge)}
    - sequence:
        - do: look_for(apple)
          retry: {attempts: 2, on: [path-blocked]}
      name: search
  memory: false"""
    run = bench(tree(text))
    seen = Percept(parse_fact("is_open(fridge)"), False, "camera", 0.0)
    blocked = SkillStep.failure(FailureCode.PATH_BLOCKED, "a chair", seen)
    run.script("look_for(apple)", blocked)
    assert run.run() == "FAILURE"
    failure = cause_of(run.compiled.root)
    assert str(failure) == "look_for(apple) path-blocked: a chair"
    *conditions, search = failure.causes
    assert {cause.code for cause in conditions} == {FailureCode.CONDITION_FALSE}
    assert search.path == "fallback/search"
    [retry] = search.causes
    assert [attempt.detail for attempt in retry.causes] == ["a chair", "a chair"]
    assert retry.causes[0].evidence == (seen,)
    assert len(list(failure.walk())) == 6


REPLAY = """  sequence:
    - do: open(fridge)
    - do: look_for(apple)
  retry: {{attempts: 4, on: [object-not-found], replays: {}}}"""


@pytest.mark.parametrize(("replays", "opened"), [(0, 1), (1, 2), (9, 4)])
def test_a_retry_replays_only_as_many_steps_as_it_may(bench, replays, opened):
    run = bench(tree(REPLAY.format(replays)))
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    lost = FailureCode.OBJECT_NOT_FOUND
    run.script("open(fridge)", *[run.seeing("is_open(fridge)"), "SUCCESS"] * 4)
    run.script("look_for(apple)", *[run.seeing("not is_open(fridge)"), 0.1, lost] * 4)
    assert run.run() == "FAILURE"
    assert run.made.count("open(fridge)") == opened
    failure = cause_of(run.compiled.root)
    code = FailureCode.NO_PROGRESS if replays < 3 else lost
    assert failure.code is code


def test_a_step_that_was_cut_off_is_not_done_again_if_its_effect_is_there(bench):
    text = """  do: open(fridge)
  timeout: 1 s
  retry: {attempts: 2, on: [timeout]}"""
    run = bench(tree(text))
    believe(run.facts, "hand_empty()", "not is_open(fridge)")
    run.script("open(fridge)", 99.0)
    run.tick()
    run.clock.wait_until(1.0)
    believe(run.facts, "is_open(fridge)")
    assert run.run() == "SUCCESS"
    assert run.made == ["open(fridge)"]


def test_a_step_that_keeps_the_tick_waiting_is_named(bench):
    run = bench(tree("  do: look_for(apple)"))
    run.script("look_for(apple)", lambda: run.clock.wait_until(0.2), "SUCCESS")
    run.tick()
    [event] = [event for event in run.events if event.event == "step-overrun"]
    assert (str(event.call), round(event.took_s, 3), event.budget_s) == (
        "look_for(apple)",
        0.2,
        0.05,
    )


def test_ten_thousand_leaves_in_one_sequence(bench):
    lines = "\n".join("    - check: hand_empty()" for _ in range(10_000))
    run = bench(tree(f"  sequence:\n{lines}"))
    believe(run.facts, "hand_empty()")
    assert run.tick() == "SUCCESS"
    assert len(run.compiled.nodes) == 10_001


def test_steps_that_are_not_needed_yet_are_made_at_their_first_visit(bench):
    way = (
        "    - fallback:\n        - check: is_open({0})\n        - sequence: [{{do: open({0})}}]\n"
    )
    run = bench(
        tree("  memory: false\n  sequence:\n" + way.format("fridge") + way.format("cupboard"))
    )
    believe(run.facts, "hand_empty()", "is_open(fridge)", "not is_open(cupboard)")
    run.script("open(cupboard)", 1.0, "SUCCESS")
    run.tick()
    first, second = "sequence/fallback", "sequence/fallback[2]"
    opening = f"{second}/sequence/open(cupboard)"
    assert opening in run.compiled.nodes
    assert f"{first}/sequence/open(fridge)" not in run.compiled.nodes
    believe(run.facts, "not is_open(fridge)")
    run.script("open(fridge)", 1.0, "SUCCESS")
    run.compiled.take_changes()
    run.tick()
    told = list(run.compiled.take_changes())
    assert told.index(f"{first}/sequence/open(fridge)") < told.index(opening), "as it is written"


def test_two_hundred_nested_modifiers(bench):
    text = "{do: pick(apple), timeout: 9 s}"
    for _ in range(99):
        text = f"{{sequence: [{text}], invert: true}}"
    run = bench(f"tree: t\nroot: {text}\n")
    believe(run.facts, "on(apple, table)", "hand_empty()")
    run.script("pick(apple)", 5.0, FailureCode.PATH_BLOCKED)
    assert run.tick() == "RUNNING"
    assert run.run() == "SUCCESS"


def test_an_error_says_where_and_when(bench):
    run = bench(tree("  do: look_for(apple)"))
    for _ in range(30):
        run.runtime.ticks.report()
    run.runtime.ticks.begin()
    run.script("look_for(apple)", 3.0, ZeroDivisionError("no"))
    assert run.run() == "FAILURE"
    detail = cause_of(run.compiled.root).detail
    place, told = detail.split(": ", 1)
    assert re.fullmatch(r"treehand/skills/testing\.py:\d+ in step", place)
    assert told == "ZeroDivisionError: no (bench.tree.yaml:3:7, tick 31, t=3 s)"


@pytest.mark.parametrize(
    ("seen", "result", "code"),
    [
        ("holding(apple)", "failure", "wrong-effect"),
        ("broken(red_mug)", "halted", "halted"),
        ("not hand_empty()", "halted", "halted"),
    ],
)
def test_a_skill_that_is_halted_has_failed_if_it_took_another_thing(bench, seen, result, code):
    needs = "[{check: hand_empty()}, {check: not broken(red_mug)}, {do: pick(red_mug)}]"
    run = bench(tree(f"  sequence: {needs}\n  memory: false"))
    believe(run.facts, "hand_empty()", "located(red_mug)", "on(red_mug, counter)")
    believe(run.facts, "not broken(red_mug)")
    run.script("pick(red_mug)", 1, run.seeing(seen), 9)
    assert run.run() == "FAILURE"
    assert ended(run) == [("pick(red_mug)", result, code)]


def test_what_took_another_thing_three_times_is_not_begun_again(bench):
    run = bench(tree("  sequence: [{check: hand_empty()}, {do: pick(red_mug)}]\n  memory: false"))
    believe(run.facts, "located(red_mug)", "on(red_mug, counter)")
    run.script("pick(red_mug)", *[1, run.seeing("holding(apple)"), 9] * 9)
    for made in (1, 2, 3, 3):
        believe(run.facts, "hand_empty()", "not holding(apple)")
        assert run.run() == "FAILURE"
        assert len(run.made) == made
    assert cause_of(run.compiled.root).code is FailureCode.WRONG_EFFECT
    believe(run.facts, "hand_empty()", "on(red_mug, table)")
    run.run()
    assert len(run.made) == 4, "it may be able to take it from elsewhere"
