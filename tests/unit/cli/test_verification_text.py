"""Printed verifications: alike findings together, and no claim beyond the proof."""

import io

import pytest
from rich.console import Console

from treehand.cli.views.verification_text import (
    VerifiedChoice,
    print_choices,
    print_verification,
    verdict_lines,
)
from treehand.core.errors import Finding
from treehand.core.spans import Span
from treehand.planners import Verification
from treehand.planners.verification.branching.violation import TraceStep, Violation
from treehand.skills import FailureCode

SPAN = Span("t.tree.yaml", 3, 7)


def verification(item="", **changes):
    violations = ()
    if item:
        finding = Finding("missing-recovery", f"gives up when 'pick({item})' fails", SPAN, "trace")
        step = TraceStep(1, f"pick({item})", FailureCode.GRASP_DROPPED, SPAN)
        violations = (Violation(finding, (step,), ""),)
    values = {
        "failures": 1,
        "states": 3,
        "hypotheses": 1,
        "is_complete": True,
        "tried": (),
        "given_up": (),
        "loops": (),
        "violations": violations,
    }
    return Verification(**{**values, **changes})


def printed(function, *arguments):
    console = Console(file=io.StringIO(), width=200)
    function(console, *arguments)
    return console.file.getvalue()


def test_alike_findings_of_several_choices_are_one_with_an_example():
    verified = [VerifiedChoice({"item": name}, verification(name)) for name in ("apple", "milk")]
    verified.append(VerifiedChoice({"item": "can"}, verification()))
    text = printed(print_choices, verified)
    assert text.count("missing-recovery") == 1
    assert text.count("pick(apple) fails with") == 1
    assert "in 2 of 3 choices, e.g. item=apple" in text
    assert "verified: 1 of 3 choices" in text


def test_each_trace_is_printed_once():
    text = printed(print_verification, verification("apple"))
    assert text.count("trace") == 0
    assert text.count("1. pick(apple)") == 1


@pytest.mark.parametrize("loops", [("open(fridge): door-jammed",), ("a(): timeout", "b(): x")])
def test_what_only_the_budget_bounds_is_not_called_proven(loops):
    first, second = verdict_lines([verification(loops=loops)], is_proven=True)
    assert first.startswith("proven: ")
    assert "ends" not in first
    assert second.startswith("bounded only by the run's budget")
    assert loops[0] in second


def test_a_proof_without_loops_says_up_to_how_many_failures_a_run_ends():
    [line] = verdict_lines([verification()], is_proven=True)
    assert line.startswith("proven: ")
    assert line.endswith("; and each run with at most 1 failure ends")
    assert verdict_lines([verification("apple")], is_proven=False) == ["not proven"]
