"""The engine: visits py_trees nodes directly, without their generators.

On unmodified py_trees nodes a visit does what ``node.tick_once()`` does (the same callbacks in the
same order, the same statuses, the same memory), several times faster: py_trees forwards every node
of a tick through one generator per level, and formats a debug text whenever a node stops. A class
that overrides ``tick`` in its own way is run through that ``tick``. Our own composites say how they
visit their children in one method, `Composed.visit_children`; their ``tick`` is made from it, so
they work in a stock py_trees tree too.

How a class is visited and stopped is worked out once per class; callbacks that it does not override
are not called, because py_trees' own do nothing.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import ParallelPolicy, Status
from py_trees.composites import Composite, Parallel, Selector, Sequence
from py_trees.decorators import Decorator

from treehand.trees.engine.deferred import Deferred, fill
from treehand.trees.engine.guards import Pure, visit_pure
from treehand.trees.engine.hooks import Hooked

Visit = Callable[[Any], None]
Stop = Callable[[Any, Status], None]

RUNNING, SUCCESS, FAILURE, INVALID = (
    Status.RUNNING,
    Status.SUCCESS,
    Status.FAILURE,
    Status.INVALID,
)


class Composed(Composite):
    """Base of our own composites: override `visit_children`."""

    @abstractmethod
    def visit_children(self, visit: Visit) -> Status:
        """Visit children with `visit` and return the node's own new status."""

    def tick(self) -> Iterator[Behaviour]:
        """Tick as py_trees does, for use in a stock tree."""
        _run(self, Behaviour.tick_once)
        yield self


def _run(node: Composed, visit: Visit) -> None:
    """Visit one of our composites, with `visit` for its children."""
    if node.status is not RUNNING:
        node.initialise()
    _settle(node, node.visit_children(visit))


def _settle(node: Composed, status: Status) -> None:
    if status is RUNNING:
        node.status = status
    else:
        for child in node.children:
            if child.status is RUNNING:
                _STOPS[child.__class__](child, INVALID)
        _STOPS[node.__class__](node, status)


def halt(node: Behaviour) -> None:
    """Halt a node and everything below it, as ``node.stop(Status.INVALID)`` does."""
    _STOPS[node.__class__](node, INVALID)


def _visit_composed(node: Composed) -> None:
    """Visit one of our composites, on the engine."""
    if node.status is not RUNNING:
        node.initialise()
    _settle(node, node.visit_children(visit))


def _visit_deferred(node: Behaviour) -> None:
    """Make the children of a composite and visit it."""
    fill(node)
    _VISITS[node.__class__](node)


def visit(node: Behaviour) -> None:
    """Visit a node and what it decides to visit below."""
    _VISITS[node.__class__](node)


class _Visits(dict[type[Behaviour], Visit]):
    """Visit functions by node class."""

    def __missing__(self, cls: type[Behaviour]) -> Visit:
        made = self[cls] = _visit_of(cls)
        return made


class _Stops(dict[type[Behaviour], Stop]):
    """Stop functions by node class; they do what ``node.stop(status)`` does."""

    def __missing__(self, cls: type[Behaviour]) -> Stop:
        made = self[cls] = _stop_of(cls)
        return made


_VISITS = _Visits()
_STOPS = _Stops()


def _visit_of(cls: type[Behaviour]) -> Visit:
    if issubclass(cls, Hooked):
        return _hooked_visit(_VISITS[cls.plain])
    if issubclass(cls, Deferred):
        return _visit_deferred
    plain = _plain_visit_of(cls)
    return visit_pure(plain) if issubclass(cls, Pure) else plain


def _plain_visit_of(cls: type[Behaviour]) -> Visit:
    if issubclass(cls, Composed):
        return _visit_composed
    makers: dict[object, Callable[[type[Behaviour]], Visit]] = {
        Behaviour.tick: _leaf_visit,
        Sequence.tick: _sequence_visit,
        Selector.tick: _selector_visit,
        Parallel.tick: _parallel_visit,
        Decorator.tick: _decorator_visit,
    }
    make = makers.get(cls.tick)
    return make(cls) if make is not None else lambda node: node.tick_once()


def _stop_of(cls: type[Behaviour]) -> Stop:
    terminates = cls.terminate is not Behaviour.terminate

    def stop_leaf(node: Behaviour, status: Status) -> None:
        if terminates:
            node.terminate(status)
        node.status = status

    def stop_composite(node: Composite, status: Status) -> None:
        if status is INVALID:
            node.current_child = None
            _invalidate(node.children)
        if terminates:
            node.terminate(status)
        node.status = status

    def stop_decorator(node: Decorator, status: Status) -> None:
        if terminates:
            node.terminate(status)
        child = node.decorated
        if status is INVALID or child.status is RUNNING:
            _STOPS[child.__class__](child, INVALID)
        node.status = status

    if cls.stop is Behaviour.stop:
        return stop_leaf
    if cls.stop in (Composite.stop, Sequence.stop, Selector.stop):
        return stop_composite
    return stop_decorator if cls.stop is Decorator.stop else lambda node, to: node.stop(to)


def _invalidate(children: Iterable[Behaviour]) -> None:
    for child in children:
        if child.status is not INVALID:
            _STOPS[child.__class__](child, INVALID)


def _wrong(node: Behaviour, status: object) -> Status:
    """Return the status that py_trees makes of a return value that is not one."""
    node.logger.error(f"'{node.name}' returned {status!r}, which is not a status")
    return INVALID


def _initialises(cls: type[Behaviour]) -> bool:
    return cls.initialise is not Behaviour.initialise


def _leaf_visit(cls: type[Behaviour]) -> Visit:
    initialises, stop = _initialises(cls), _STOPS[cls]

    def visit_leaf(node: Behaviour) -> None:
        if initialises and node.status is not RUNNING:
            node.initialise()
        status = node.update()
        if status is not RUNNING:
            if status.__class__ is not Status:
                status = _wrong(node, status)
            stop(node, status)
        node.status = status

    return visit_leaf


def _hooked_visit(plain: Visit) -> Visit:
    def visit_hooked(node: Hooked) -> None:
        if node.held in (SUCCESS, FAILURE):
            node.end(node.held)
            return
        if (node.status is not RUNNING or node.held is not None) and not node.begin():
            return
        plain(node)
        if node.status in (SUCCESS, FAILURE):
            node.end(node.status)

    return visit_hooked


def _decorator_visit(cls: type[Behaviour]) -> Visit:
    initialises, stop = _initialises(cls), _STOPS[cls]

    def visit_decorator(node: Decorator) -> None:
        if initialises and node.status is not RUNNING:
            node.initialise()
        child = node.decorated
        _VISITS[child.__class__](child)
        status = node.update()
        if status is not RUNNING:
            if status.__class__ is not Status:
                status = _wrong(node, status)
            stop(node, status)
        node.status = status

    return visit_decorator


def _sequence_visit(cls: type[Behaviour]) -> Visit:
    initialises, stop, visits = _initialises(cls), _STOPS[cls], _VISITS

    def visit_sequence(node: Sequence) -> None:
        children, first = node.children, 0
        if node.status is not RUNNING:
            _invalidate(children)
            if initialises:
                node.current_child = children[0] if children else None
                node.initialise()
        elif node.memory and node.current_child is not None:
            first = children.index(node.current_child)
        child: Behaviour | None = None
        for child in children[first:] if first else children:
            node.current_child = child
            visits[child.__class__](child)
            status = child.status
            if status is not SUCCESS:
                if not node.memory:
                    _invalidate(children[children.index(child) + 1 :])
                if status is RUNNING:
                    node.status = RUNNING
                else:
                    stop(node, status)
                return
        if child is None:
            node.current_child = None
        stop(node, SUCCESS)

    return visit_sequence


def _selector_visit(cls: type[Behaviour]) -> Visit:
    initialises, stop, visits = _initialises(cls), _STOPS[cls], _VISITS

    def visit_selector(node: Selector) -> None:
        children, first = node.children, 0
        if node.status is not RUNNING:
            node.current_child = children[0] if children else None
            if initialises:
                node.initialise()
        if not children:
            node.current_child = None
            stop(node, FAILURE)
            return
        previous = node.current_child
        if node.memory and previous is not None:
            first = children.index(previous)
            _invalidate(children[:first])
        for child in children[first:] if first else children:
            visits[child.__class__](child)
            status = child.status
            if status is RUNNING or status is SUCCESS:
                node.current_child = child
                if previous is not child:
                    _invalidate(children[children.index(child) + 1 :])
                if status is SUCCESS:
                    stop(node, SUCCESS)
                else:
                    node.status = RUNNING
                return
        stop(node, FAILURE)
        node.current_child = children[-1]

    return visit_selector


def _parallel_visit(cls: type[Behaviour]) -> Visit:
    initialises = _initialises(cls)

    def visit_parallel(node: Parallel) -> None:
        node.validate_policy_configuration()
        children = node.children
        if node.status is not RUNNING:
            _invalidate(children)
            node.current_child = None
            if initialises:
                node.initialise()
        if not children:
            node.current_child = None
            node.stop(SUCCESS)
            return
        for child in children:
            if not (node.policy.synchronise and child.status is SUCCESS):
                _VISITS[child.__class__](child)
        node.current_child = children[-1]
        status = _parallel_status(node)
        if status is not RUNNING:
            node.stop(status)
        node.status = status

    return visit_parallel


def _parallel_status(node: Parallel) -> Status:
    policy = node.policy
    for child in node.children:
        if child.status is FAILURE:
            node.current_child = child
            return FAILURE
    if isinstance(policy, ParallelPolicy.SuccessOnOne):
        for child in reversed(node.children):
            if child.status is SUCCESS:
                node.current_child = child
                return SUCCESS
        return RUNNING
    if isinstance(policy, ParallelPolicy.SuccessOnSelected):
        if all(child.status is SUCCESS for child in policy.children):
            node.current_child = policy.children[-1]
            return SUCCESS
        return RUNNING
    if isinstance(policy, ParallelPolicy.SuccessOnAll):
        return SUCCESS if all(child.status is SUCCESS for child in node.children) else RUNNING
    raise RuntimeError(f"this parallel has been configured with an unknown policy [{type(policy)}]")
