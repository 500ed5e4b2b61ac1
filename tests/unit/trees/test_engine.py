"""What the engine adds to py_trees: kept guards, isolation, depth."""

import sys
import threading

import py_trees
import pytest
from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.composites import Sequence

from treehand.core.errors import ContractError
from treehand.core.revisions import Revision
from treehand.trees import Guard, own_blackboard, visit
from treehand.trees.engine.deferred import deferred, fill_all
from treehand.trees.engine.guards import sequence_or_fallback
from treehand.trees.engine.hooks import set_hook


class Always(Behaviour):
    def __init__(self, name, status):
        super().__init__(name)
        self.answer = status

    def update(self):
        return self.answer


def guards(version, asked, *, is_paranoid=False):
    def ask(name):
        return lambda: asked.append(name) is None

    return [Guard(name, ask(name), [version], is_paranoid=is_paranoid) for name in ("one", "two")]


def over(children):
    return sequence_or_fallback("all", children, is_sequence=True, is_remembering=False)


def test_a_guard_is_asked_again_only_when_what_it_reads_has_changed():
    version, asked = Revision(), []
    root = over(guards(version, asked))
    for _ in range(3):
        visit(root)
    assert asked == ["one", "two"]
    version.bump()
    visit(root)
    assert asked == ["one", "two", "one", "two"]
    assert root.status is Status.SUCCESS


def test_a_guard_that_was_halted_is_asked_again():
    version, asked = Revision(), []
    root = over(guards(version, asked))
    visit(root)
    root.stop(Status.INVALID)
    visit(root)
    assert asked == ["one", "two"] * 2
    assert [child.status for child in root.children] == [Status.SUCCESS] * 2


def test_paranoia_finds_a_guard_that_reads_more_than_it_declares():
    answers = [True, True, False]
    guard = Guard("door", lambda: answers.pop(0), [Revision()], is_paranoid=True)
    visit(guard)
    visit(guard)
    with pytest.raises(ContractError, match="impure-guard: 'door'"):
        visit(guard)


def test_paranoia_reaches_into_groups_of_guards():
    state = {"open": True}
    guard = Guard("door", lambda: state["open"], [Revision()], is_paranoid=True)
    root = over([guard])
    visit(root)
    state["open"] = False
    with pytest.raises(ContractError):
        visit(root)


def test_a_composite_with_one_other_node_is_no_guard():
    version, asked = Revision(), []
    root = over([*guards(version, asked), Always("skill", Status.RUNNING)])
    for _ in range(3):
        visit(root)
    assert root.status is Status.RUNNING
    assert type(root) is py_trees.composites.Sequence


def test_guards_work_in_a_stock_tree():
    version, asked = Revision(), []
    tree = py_trees.trees.BehaviourTree(over(guards(version, asked)))
    tree.tick()
    tree.tick()
    assert tree.root.status is Status.SUCCESS


def test_a_class_with_a_tick_of_its_own_is_ticked_by_it():
    class Twice(Behaviour):
        """Yields itself twice, as no stock node does."""

        def tick(self):
            self.status = Status.RUNNING
            yield self
            self.status = Status.SUCCESS
            yield self

        def update(self):
            raise AssertionError("its own tick does not update")

    root = py_trees.composites.Sequence("s", False, [Twice("t"), Always("a", Status.RUNNING)])
    visit(root)
    assert [child.status for child in root.children] == [Status.SUCCESS, Status.RUNNING]


def test_an_answer_that_is_no_status_becomes_invalid_as_in_py_trees():
    ours, theirs = Always("odd", True), Always("odd", True)
    visit(ours)
    theirs.tick_once()
    assert ours.status is theirs.status is Status.INVALID


def test_ten_thousand_leaves_and_two_hundred_decorators_are_ticked_and_halted():
    wide = py_trees.composites.Sequence(
        "wide", True, [Always(str(n), Status.SUCCESS) for n in range(10_000)]
    )
    visit(wide)
    assert wide.status is Status.SUCCESS
    deep: Behaviour = Always("leaf", Status.RUNNING)
    for _ in range(200):
        deep = py_trees.decorators.StatusToBlackboard("d", deep, "/status")
    visit(deep)
    assert deep.status is Status.RUNNING
    deep.stop(Status.INVALID)
    assert deep.status is Status.INVALID


class Counting(Behaviour):
    """Counts on the blackboard, and fails if somebody else has counted too."""

    def __init__(self, name):
        super().__init__(name)
        self.count = 0
        self.board = self.attach_blackboard_client(name="counter")
        self.board.register_key("count", access=py_trees.common.Access.EXCLUSIVE_WRITE)
        self.board.count = 0

    def update(self):
        assert self.board.count == self.count, "somebody else wrote here"
        self.count = self.board.count = self.count + 1
        return Status.RUNNING


def test_runs_in_threads_share_nothing():
    """8 threads x 3 trees x 2,000 ticks, each with an exclusive key of the same name."""
    problems, counts = [], []

    def work():
        try:
            for _ in range(3):
                with own_blackboard():
                    root = py_trees.composites.Sequence("s", False, [Counting("c")])
                    for _ in range(2000):
                        visit(root)
                    counts.append(root.children[0].count)
        except BaseException as error:
            problems.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert problems == []
    assert counts == [2000] * 24


def test_outside_of_runs_the_blackboard_is_the_process_wide_one():
    board = py_trees.blackboard.Blackboard
    board.set("left_outside", 1)
    with own_blackboard():
        assert not board.exists("left_outside")
        board.set("left_inside", 2)
    assert board.get("left_outside") == 1
    assert not board.exists("left_inside")
    board.clear()


def test_a_deferred_composite_makes_its_children_at_its_first_visit():
    made = []

    def children():
        made.append("children")
        return [Always("one", Status.SUCCESS), Always("two", Status.RUNNING)]

    root = deferred("all", children, is_sequence=True, is_remembering=True)
    root.stop(Status.INVALID)
    assert not made
    visit(root)
    visit(root)
    assert made == ["children"]
    assert type(root) is Sequence
    assert [child.status for child in root.children] == [Status.SUCCESS, Status.RUNNING]
    assert all(child.parent is root for child in root.children)


def test_a_hook_makes_the_children_of_a_deferred_composite():
    class Ended:
        def before(self):
            return None

        def after(self):
            return Status.FAILURE

        def halted(self):
            raise AssertionError("nothing halts it")

    kind = {"is_sequence": True, "is_remembering": True}
    root = deferred("all", lambda: [Always("leaf", Status.SUCCESS)], **kind)
    set_hook(root, Ended())
    visit(root)
    assert (root.status, root.children[0].status) == (Status.FAILURE, Status.SUCCESS)


def test_deferred_composites_can_be_made_without_a_visit():
    def inner():
        return [deferred("inner", lambda: [Always("leaf", Status.SUCCESS)], **kind)]

    kind = {"is_sequence": False, "is_remembering": False}
    root = deferred("outer", inner, **kind)
    fill_all(root)
    assert [node.name for node in root.iterate()] == ["leaf", "inner", "outer"]
    assert {node.status for node in root.iterate()} == {Status.INVALID}
