"""`wait`, `rate` and `keep_running`: what they do, and when."""

import pytest

from treehand.core.events import Logged, SkillEnded, SkillStarted
from treehand.skills import FailureCode
from treehand.trees import cause_of


def tree(root: str) -> str:
    return f"tree: t\nroot:\n{root}"


def started(run):
    return [event.t_s for event in run.events if isinstance(event, SkillStarted)]


def test_a_wait_takes_its_time(bench):
    run = bench(tree("  sequence: [{wait: 3 s}, {set: {n: 0.5}}, {wait: n}, {log: over}]"))
    assert run.run() == "SUCCESS"
    assert [event.t_s for event in run.events] == [3.5]


@pytest.mark.parametrize("value", ["-1", "'soon'", "true", "[1, 2]", "1e300"])
def test_a_wait_needs_a_number_of_seconds(bench, value):
    run = bench(tree(f'  sequence: [{{set: {{n: "{value}"}}}}, {{wait: n}}]'))
    assert run.run() == "FAILURE"
    assert cause_of(run.compiled.root).code is FailureCode.PRECONDITION_FALSE


def test_a_halted_wait_asks_for_no_tick(bench):
    run = bench(tree("  parallel: [{wait: 30 s}, {wait: 1 s}]\n  succeed_on: one"))
    assert run.run() == "SUCCESS"
    assert run.clock.now_s() == 1.0
    assert run.runtime.wakeups.next_s() is None


def test_a_loop_keeps_to_its_rate(bench):
    run = bench(tree("  {do: go_to(table), repeat: 3, rate: 0.5 Hz}"))
    run.script("go_to(table)", 0.5, "SUCCESS", 0.5, "SUCCESS", 0.5, "SUCCESS")
    assert run.run() == "SUCCESS"
    assert started(run) == [0.0, 2.0, 4.0], "no round is left out, each one waits for its turn"


def test_a_reactive_sequence_has_the_last_result_till_the_next_start_is_due(bench):
    text = """  sequence:
    - {do: look_for(apple), rate: 0.1 Hz}
    - {do: go_to(table)}
  memory: false
"""
    run = bench(tree(text))
    run.script("look_for(apple)", 1, "SUCCESS", 1, "SUCCESS")
    run.script("go_to(table)", 8, "SUCCESS")
    assert run.run() == "SUCCESS"
    looks = [e.t_s for e in run.events if isinstance(e, SkillEnded) and "look" in str(e.call)]
    assert looks == [1.0]


def test_a_failure_is_kept_within_the_period(bench):
    text = """  fallback:
    - {do: look_for(apple), rate: 0.1 Hz}
    - {do: go_to(table)}
  memory: false
"""
    run = bench(tree(text))
    run.script("look_for(apple)", "object-not-found", "SUCCESS")
    run.script("go_to(table)", 30, "SUCCESS")
    assert run.run() == "SUCCESS"
    assert run.clock.now_s() == 10.0, "the next look takes over when it is due"


def test_it_keeps_running_until_it_fails(bench):
    run = bench(tree("  {do: go_to(table), keep_running: true}"))
    run.script("go_to(table)", 1, "SUCCESS", 1, "SUCCESS", 1, "path-blocked")
    assert run.run() == "FAILURE"
    assert len(started(run)) == 3
    assert cause_of(run.compiled.root).code is FailureCode.PATH_BLOCKED


def test_rounds_that_take_no_time_do_not_spin(bench):
    text = """  sequence:
    - set: {n: 0}
    - keep_running: true
      sequence: [{check: n < 5}, {set: {n: n + 1}}, {log: "{n}"}]
"""
    run = bench(tree(text))
    assert run.run() == "FAILURE"
    told = [(round(e.t_s, 3), e.text) for e in run.events if isinstance(e, Logged)]
    assert told == [(0.0, "1"), (0.1, "2"), (0.2, "3"), (0.3, "4"), (0.4, "5")]
