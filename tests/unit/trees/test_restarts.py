"""A sequence without memory begins an unguarded step again at every tick: the checker warns."""

import pytest

from treehand.skills.domain import Vocabulary
from treehand.trees import TreeLibrary, check_tree, parse_tree


def findings(deployment, root):
    text = f"tree: t\ndomain: kitchen\nroot:\n  memory: false\n  sequence:\n{root}"
    tree = parse_tree(text, file="t")
    vocabulary: Vocabulary = deployment.vocabulary
    found = check_tree(tree, deployment.domain, vocabulary, TreeLibrary.packaged())
    return [(f.code, f.span.line, f.severity) for f in found]


@pytest.mark.parametrize(
    "first",
    [
        "do: look_for(milk)",
        "{do: look_for(milk), timeout: 20 s}",
        "wait: 3 s",
        "sequence: [{log: hello}, {do: look_for(milk)}]",
        "fallback: [{do: look_for(milk)}, {do: go_to(table)}]",
        "{ask: {question: go?}}",
        "{do: look_for(milk), retry: {attempts: 2}}",
    ],
)
def test_an_unguarded_step_before_another_is_told(deployment, first):
    found = findings(deployment, f"    - {first}\n    - do: go_to(table)\n    - do: pick(milk)\n")
    assert found == [("endless-sequence", line, "warning") for line in (6, 7)]


@pytest.mark.parametrize(
    "first",
    [
        "{do: look_for(milk), unless: located(milk)}",
        "{do: look_for(milk), rate: 0.5 Hz}",
        "check: located(milk)",
        "fallback: [{check: located(milk)}, {do: look_for(milk)}]",
        "sequence: [{check: located(milk)}, {do: look_for(milk)}]",
        "subtree: find(milk)",
        "set: {n: 1}",
        "log: hello",
    ],
)
def test_a_guarded_step_is_fine(deployment, first):
    assert findings(deployment, f"    - {first}\n    - do: go_to(table)\n") == []


def test_the_last_step_may_run_without_a_guard(deployment):
    assert findings(deployment, "    - do: go_to(table)\n    - check: hand_empty()\n") == []
