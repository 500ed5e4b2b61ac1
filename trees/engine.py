"""The engine: visits py_trees nodes directly, without their generators.

On unmodified py_trees nodes a visit does what ``node.tick_once()`` does (the same callbacks in the
same order, the same statuses, the same memory), several times faster: py_trees forwards every node
of a tick through one generator per level. A class that overrides ``tick`` in its own way is run
through that ``tick``. Our own composites say how they visit their children in one method,
`Composed.visit`; their ``tick`` is made from it, so they work in a stock py_trees tree too.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from functools import cache

from py_trees.behaviour import Behaviour
from py_trees.common import ParallelPolicy, Status
from py_trees.composites import Composite, Parallel, Selector, Sequence
from py_trees.decorators import Decorator

Visit = Callable[[Behaviour], None]

_STATUSES = frozenset(Status)


class Composed(Composite):
    """Base of our own composites: override `visit`."""

    @abstractmethod
    def visit_children(self, visit: Visit) -> Status:
        """Visit children with `visit` and return the node's own new status."""

    def tick(self) -> Iterator[Behaviour]:
        """Tick as py_trees does, for use in a stock tree."""
        run(self, Behaviour.tick_once)
        yield self


def run(node: Composed, visit: Visit) -> None:
    """Visit one of our composites, with `visit` for its children."""
    if node.status is not Status.RUNNING:
        node.initialise()
    status = node.visit_children(visit)
    if status is Status.RUNNING:
        node.status = status
    else:
        for child in node.children:
            if child.status is Status.RUNNING:
                child.stop(Status.INVALID)
        Composite.stop(node, status)


def visit(node: Behaviour) -> None:
    """Visit a node and what it decides to visit below."""
    _visitor(type(node))(node)


@cache
def _visitor(cls: type[Behaviour]) -> Visit:
    if issubclass(cls, Composed):
        return _visit_composed
    table: dict[object, Visit] = {
        Behaviour.tick: _visit_leaf,
        Sequence.tick: _visit_sequence,
        Selector.tick: _visit_selector,
        Parallel.tick: _visit_parallel,
        Decorator.tick: _visit_decorator,
    }
    return table.get(cls.tick, Behaviour.tick_once)


def _visit_composed(node: Behaviour) -> None:
    assert isinstance(node, Composed)
    run(node, visit)


def _stop(node: Behaviour, new_status: Status) -> None:
    """Do what ``node.stop`` does.

    Py_trees' own versions first format a debug text, at a third of a leaf's cost.
    """
    implementation = type(node).stop
    if implementation is Behaviour.stop:
        node.terminate(new_status)
        node.status = new_status
        node.iterator = node.tick()
    elif implementation is Sequence.stop or implementation is Selector.stop:
        Composite.stop(node, new_status)  # type: ignore[arg-type]
    else:
        node.stop(new_status)


def _finish(node: Behaviour) -> None:
    new_status = node.update()
    if new_status not in _STATUSES:
        node.logger.error(f"'{node.name}' returned {new_status!r}, which is not a status")
        new_status = Status.INVALID
    if new_status is not Status.RUNNING:
        _stop(node, new_status)
    node.status = new_status


def _visit_leaf(node: Behaviour) -> None:
    if node.status is not Status.RUNNING:
        node.initialise()
    _finish(node)


def _visit_decorator(node: Behaviour) -> None:
    if node.status is not Status.RUNNING:
        node.initialise()
    visit(node.decorated)  # type: ignore[attr-defined]
    _finish(node)


def _invalidate(children: list[Behaviour]) -> None:
    for child in children:
        if child.status is not Status.INVALID:
            _stop(child, Status.INVALID)


def _visit_sequence(node: Behaviour) -> None:
    assert isinstance(node, Sequence)
    children, index = node.children, 0
    if node.status is not Status.RUNNING:
        node.current_child = children[0] if children else None
        _invalidate(children)
        node.initialise()
    elif node.memory and node.current_child is not None:
        index = children.index(node.current_child)
    else:
        node.current_child = children[0] if children else None
    if not children:
        node.current_child = None
        _stop(node, Status.SUCCESS)
        return
    for place in range(index, len(children)):
        child = children[place]
        visit(child)
        if child.status is not Status.SUCCESS:
            if not node.memory:
                _invalidate(children[place + 1 :])
            if child.status is Status.RUNNING:
                node.status = Status.RUNNING
            else:
                _stop(node, child.status)
            return
        if place + 1 < len(children):
            node.current_child = children[place + 1]
    _stop(node, Status.SUCCESS)


def _visit_selector(node: Behaviour) -> None:
    assert isinstance(node, Selector)
    children, index = node.children, 0
    if node.status is not Status.RUNNING:
        node.current_child = children[0] if children else None
        node.initialise()
    if not children:
        node.current_child = None
        _stop(node, Status.FAILURE)
        return
    if node.memory and node.current_child is not None:
        index = children.index(node.current_child)
        _invalidate(children[:index])
    previous = node.current_child
    for place in range(index, len(children)):
        child = children[place]
        visit(child)
        if child.status in (Status.RUNNING, Status.SUCCESS):
            node.current_child = child
            if previous is not child:
                _invalidate(children[place + 1 :])
            if child.status is Status.SUCCESS:
                _stop(node, Status.SUCCESS)
            else:
                node.status = Status.RUNNING
            return
    _stop(node, Status.FAILURE)
    node.current_child = children[-1]


def _visit_parallel(node: Behaviour) -> None:
    assert isinstance(node, Parallel)
    node.validate_policy_configuration()
    children = node.children
    if node.status is not Status.RUNNING:
        _invalidate(children)
        node.current_child = None
        node.initialise()
    if not children:
        node.current_child = None
        _stop(node, Status.SUCCESS)
        return
    for child in children:
        if not (node.policy.synchronise and child.status is Status.SUCCESS):
            visit(child)
    node.current_child = children[-1]
    new_status = _parallel_status(node)
    if new_status is not Status.RUNNING:
        _stop(node, new_status)
    node.status = new_status


def _parallel_status(node: Parallel) -> Status:
    policy = node.policy
    for child in node.children:
        if child.status is Status.FAILURE:
            node.current_child = child
            return Status.FAILURE
    if isinstance(policy, ParallelPolicy.SuccessOnOne):
        for child in reversed(node.children):
            if child.status is Status.SUCCESS:
                node.current_child = child
                return Status.SUCCESS
        return Status.RUNNING
    if isinstance(policy, ParallelPolicy.SuccessOnSelected):
        if all(child.status is Status.SUCCESS for child in policy.children):
            node.current_child = policy.children[-1]
            return Status.SUCCESS
        return Status.RUNNING
    if isinstance(policy, ParallelPolicy.SuccessOnAll):
        done = all(child.status is Status.SUCCESS for child in node.children)
        return Status.SUCCESS if done else Status.RUNNING
    raise RuntimeError(f"this parallel has been configured with an unknown policy [{type(policy)}]")
