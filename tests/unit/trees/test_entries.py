"""`set`, `log`, `switch` and `for_item`: nodes that read and write the blackboard."""

import pytest

from treehand.core.events import Logged, Retried
from treehand.skills import FailureCode
from treehand.trees import cause_of


def tree(root: str) -> str:
    return f"tree: t\nroot:\n{root}"


def told(run):
    return [event.text for event in run.events if isinstance(event, Logged)]


def test_keys_are_computed_from_the_keys_as_they_were(bench):
    text = """  sequence:
    - set: {a: 1, b: 2}
    - set: {a: b, b: a, sum: a + b * 2, is_more: a > b or not b == 3}
    - log: "{a} {b} {sum} {is_more} {nothing}"
"""
    run = bench(tree(text))
    assert run.run() == "SUCCESS"
    assert told(run) == ["2 1 5 true unknown"]


@pytest.mark.parametrize(
    "value", ["1 / 0", "missing + 1", "'a' + 1", "1e308 * 10", "not 3", "'a' < 'b'", "[1] * 2"]
)
def test_what_has_no_value_fails_and_writes_nothing(bench, value):
    text = f"""  fallback:
    - set: {{a: 1, b: "{value}"}}
    - log: "{{a}}"
"""
    run = bench(tree(text))
    assert run.run() == "SUCCESS"
    assert told(run) == ["unknown"]


SWITCH = """  sequence:
    - set: {{k: {value}}}
    - switch: k
      cases:
        red: {{log: is red}}
        1.0: {{log: is one}}
        true: {{log: is true}}
{rest}"""


@pytest.mark.parametrize(
    ("value", "line"),
    [("\"'red'\"", "is red"), ("1", "is one"), ("true", "is true"), ("2", "other")],
)
def test_a_switch_runs_the_case_of_the_value(bench, value, line):
    run = bench(tree(SWITCH.format(value=value, rest="      otherwise: {log: other}")))
    assert run.run() == "SUCCESS"
    assert told(run) == [line]


def test_a_switch_without_a_fitting_case_fails(bench):
    run = bench(tree(SWITCH.format(value="2", rest="")))
    assert run.run() == "FAILURE"
    failure = cause_of(run.compiled.root)
    assert (failure.code, failure.detail) == (FailureCode.CONDITION_FALSE, "no case for 2")


@pytest.mark.parametrize(("memory", "lines"), [("true", ["end 1"]), ("false", ["end 2"])])
def test_the_choice_stands_unless_memory_is_false(bench, memory, lines):
    text = f"""  sequence:
    - set: {{k: 1}}
    - parallel:
        - sequence: [{{wait: 1 s}}, {{set: {{k: 2}}}}]
        - switch: k
          memory: {memory}
          cases:
            1: {{sequence: [{{wait: 5 s}}, {{log: end 1}}]}}
            2: {{sequence: [{{wait: 1 s}}, {{log: end 2}}]}}
"""
    run = bench(tree(text))
    assert run.run() == "SUCCESS"
    assert told(run) == lines


def test_a_list_is_gone_through_in_order_with_its_numbers(bench):
    text = """  sequence:
    - set: {things: [cup, bowl, pan], none: []}
    - for_item: {item: thing, list: things, index: i}
      each: {sequence: [{log: "{i} {thing}"}, {wait: 1 s}]}
    - for_item: {item: other, list: none}
      each: {check: []}
"""
    run = bench(tree(text))
    assert run.run() == "SUCCESS"
    assert told(run) == ["0 cup", "1 bowl", "2 pan"]
    assert run.clock.now_s() == 3.0


@pytest.mark.parametrize(
    ("mode", "status", "count"), [("all", "FAILURE", 2), ("any", "SUCCESS", 1)]
)
def test_the_mode_says_how_many_must_succeed(bench, mode, status, count):
    text = f"""  sequence:
    - set: {{numbers: [1, 5, 2]}}
    - for_item: {{item: n, list: numbers}}
      mode: {mode}
      each: {{sequence: [{{log: "{{n}}"}}, {{check: n < 3}}]}}
"""
    run = bench(tree(text))
    assert run.run() == status
    assert len(told(run)) == count


def test_what_is_no_list_fails(bench):
    text = "  sequence: [{set: {n: 3}}, {for_item: {item: x, list: n}, each: {wait: x}}]"
    run = bench(tree(text))
    assert run.run() == "FAILURE"
    assert cause_of(run.compiled.root).detail == "list: it is no list"


def test_a_recovery_may_differ_by_attempt(bench):
    steps = "[look_for(apple), go_to(table)]"
    run = bench(tree(f"  {{do: pick(apple), retry: {{attempts: 4, first: {steps}}}}}"))
    run.script("pick(apple)", *["grasp-dropped"] * 4)
    run.script("look_for(apple)", "SUCCESS", "SUCCESS")
    run.script("go_to(table)", "SUCCESS")
    assert run.run() == "FAILURE"
    first = [str(event.first) for event in run.events if isinstance(event, Retried)]
    assert first == ["look_for(apple)", "go_to(table)", "look_for(apple)"]
    order = ["pick", "look_for", "pick", "go_to", "pick", "look_for", "pick"]
    assert [call.split("(")[0] for call in run.made] == order
