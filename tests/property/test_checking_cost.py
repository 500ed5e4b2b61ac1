"""Checking a small folder costs a bounded amount of work, whatever its files multiply."""

import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treehand.authoring.check import check_files
from treehand.orchestrator.config.deployment import Deployment

MOST_CALLS = 5_000_000
"""Most Python calls for each file of a folder: a tree just below the limit of nodes takes 3 s."""
few = st.integers(1, 12)


def quantified(depth, end):
    return (
        "".join(f"forall x{i} in movable where not in(x{i}, sink) -> " for i in range(depth)) + end
    )


@st.composite
def trees(draw):
    """A chain of trees, each of which calls the next many times, in loops over many things."""
    length, width, loops = draw(few), draw(few), draw(st.integers(0, 6))
    files = {}
    for level in range(length):
        parts = [f"{{subtree: t{level + 1}()}}"] * width if level + 1 < length else []
        root = f"{{sequence: [{', '.join([*parts, '{do: open(fridge)}'])}]}}"
        for loop in range(loops):
            each = f"for_each: v{loop} in movable"
            is_each = draw(st.booleans())
            root = f"{{{each}, each: {root}}}" if is_each else f"{{repeat: 9, sequence: [{root}]}}"
        files[f"t{level}.tree.yaml"] = f"tree: t{level}\nroot: {root}\n"
    goal = quantified(draw(few), "is_open(fridge)")
    files["goal.tree.yaml"] = f"tree: goal\nroot: {{check: {goal!r}}}\n"
    return files


@st.composite
def scenarios(draw):
    """Scenarios that extend one another and vary many values."""
    files, length = {}, draw(few)
    values = list(range(draw(few)))
    vary = {f"n{i}": values for i in range(draw(st.integers(0, 8)))}
    for level in range(length):
        base = f"extends: s{level + 1}.scenario.yaml\n" if level + 1 < length else ""
        text = f"scenario: s{level}\n{base}goal: open the fridge\nvary: {vary}\n"
        files[f"s{level}.scenario.yaml"] = text + "expect: {outcome: success}\n"
    return files


@st.composite
def words(draw):
    """A domain, a scene and a deployment with anchors, deep types and nested quantifiers."""
    depth, count = draw(few), draw(st.integers(1, 60))
    types = "".join(f"  a{i}: {{is: a{i - 1}}}\n" if i else "  a0:\n" for i in range(depth))
    formula = "".join(f"forall x{i} in a0 -> " for i in range(draw(few))) + "lit(x0)"
    domain = (
        f"domain: small\ntypes:\n{types}predicates: {{lit: {{params: {{x: a0}}}}}}\n"
        "skills:\n  light:\n    params: {x: a0}\n    effects: ['lit(x)']\n"
        f"    preconditions: [{formula!r}]\n"
    )
    objects = "".join(f"  o{i}: {{type: a{i % depth}}}\n" for i in range(count))
    bomb = "".join(f"x{i}: &b{i} [{', '.join([f'*b{i - 1}'] * 9)}]\n" for i in range(1, depth))
    return {
        "small.domain.yaml": domain,
        "small.scene.yaml": f"scene: small\ndomain: small\nobjects:\n{objects}",
        "treehand.yaml": "domain: small.domain.yaml\nscene: small.scene.yaml\n"
        f"never: [{formula!r}]\n",
        "bomb.scene.yaml": f"scene: bomb\nx0: &b0 [a]\n{bomb}",
    }


def calls_of_checking(files):
    """Return the number of Python calls for each file that checking a folder takes.

    Raises:
        RuntimeError: If there are more than `MOST_CALLS` for each file.
    """
    calls, most = 0, MOST_CALLS * len(files)

    def count(frame, event, argument):
        nonlocal calls
        calls += event == "call"
        if calls > most:
            raise RuntimeError(f"more than {most:,} calls")

    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text)
        paths = sorted(Path(folder).iterdir())
        before = sys.getprofile()
        sys.setprofile(count)
        try:
            found = check_files(paths, lambda: Deployment.load(looks_here=False), imports=False)
        finally:
            sys.setprofile(before)
    assert found is not None
    return calls / len(files)


@pytest.mark.slow
@settings(max_examples=15)
@given(trees() | scenarios() | words())
def test_checking_a_small_folder_is_bounded_work(files):
    assert calls_of_checking(files) <= MOST_CALLS
