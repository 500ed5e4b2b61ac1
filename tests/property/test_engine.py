"""The engine does what py_trees does, on trees of plain py_trees nodes."""

import py_trees
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_trees.behaviour import Behaviour
from py_trees.common import Status

from treehand.trees import visit


class Logged(Behaviour):
    """A leaf that answers from a list and notes every callback."""

    def __init__(self, name, answers, log):
        super().__init__(name)
        self.answers, self.log, self.at = answers, log, 0

    def initialise(self):
        self.log.append((self.name, "initialise"))

    def update(self):
        self.at += 1
        answer = self.answers[self.at % len(self.answers)]
        self.log.append((self.name, "update", answer))
        return answer

    def terminate(self, new_status):
        self.log.append((self.name, "terminate", self.status, new_status))


ANSWERS = st.lists(
    st.sampled_from([Status.SUCCESS, Status.FAILURE, Status.RUNNING]), min_size=1, max_size=4
)
PLAN = st.recursive(
    st.tuples(st.just("leaf"), ANSWERS),
    lambda child: (
        st.tuples(
            st.sampled_from(
                [
                    "sequence",
                    "sequence memory",
                    "selector",
                    "selector memory",
                    "all",
                    "all sync",
                    "one",
                ]
            ),
            st.lists(child, max_size=4),
        )
        | st.tuples(
            st.sampled_from(
                ["invert", "retry", "repeat", "is running", "oneshot", "guard", "succeed", "count"]
            ),
            child,
        )
    ),
    max_leaves=10,
)


def build(plan, log, path="r"):
    kind, rest = plan
    if kind == "leaf":
        return Logged(path, rest, log)
    if not isinstance(rest, list):
        child = build(rest, log, f"{path}.0")
        decorators = py_trees.decorators
        return {
            "invert": lambda: decorators.Inverter(path, child),
            "retry": lambda: decorators.Retry(path, child, 2),
            "repeat": lambda: decorators.Repeat(path, child, 2),
            "is running": lambda: decorators.RunningIsFailure(path, child),
            "guard": lambda: decorators.EternalGuard(
                path, child, condition=lambda: log.append((path, "guard")) or len(log) % 3 != 0
            ),
            "succeed": lambda: decorators.FailureIsSuccess(path, child),
            "count": lambda: decorators.Count(path, child),
            "oneshot": lambda: decorators.OneShot(
                path, child, py_trees.common.OneShotPolicy.ON_COMPLETION
            ),
        }[kind]()
    children = [build(part, log, f"{path}.{number}") for number, part in enumerate(rest)]
    policy = py_trees.common.ParallelPolicy
    return {
        "sequence": lambda: py_trees.composites.Sequence(path, False, children),
        "sequence memory": lambda: py_trees.composites.Sequence(path, True, children),
        "selector": lambda: py_trees.composites.Selector(path, False, children),
        "selector memory": lambda: py_trees.composites.Selector(path, True, children),
        "all": lambda: py_trees.composites.Parallel(
            path, policy.SuccessOnAll(synchronise=False), children
        ),
        "all sync": lambda: py_trees.composites.Parallel(
            path, policy.SuccessOnAll(synchronise=True), children
        ),
        "one": lambda: py_trees.composites.Parallel(path, policy.SuccessOnOne(), children),
    }[kind]()


def snapshot(root):
    return [
        (node.name, node.status, getattr(getattr(node, "current_child", None), "name", None))
        for node in root.iterate()
    ]


@settings(max_examples=300)
@given(PLAN)
def test_callbacks_statuses_and_memory_are_those_of_py_trees(plan):
    ours_is_theirs(plan)


@pytest.mark.nightly
@settings(max_examples=2000)
@given(PLAN)
def test_two_thousand_trees_are_ticked_as_py_trees_does(plan):
    ours_is_theirs(plan)


def ours_is_theirs(plan):
    our_log, their_log = [], []
    ours, theirs = build(plan, our_log), build(plan, their_log)
    for _ in range(12):
        visit(ours)
        theirs.tick_once()
        assert our_log == their_log
        assert snapshot(ours) == snapshot(theirs)
    ours.stop(Status.INVALID)
    theirs.stop(Status.INVALID)
    assert our_log == their_log
    assert snapshot(ours) == snapshot(theirs)
