"""A pytest plug-in that lets py_trees' own tests run through our engine.

py_trees' tests drive trees by ``node.tick()``, a generator of the nodes that were visited. Here
that generator asks the engine for the whole visit, noting the nodes in the order in which their
visits end, and then yields them. It is the one place where something is patched: the tests are not
ours.
"""

from collections.abc import Callable, Iterator
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.composites import Parallel, Selector, Sequence
from py_trees.decorators import Decorator

from treehand.trees.engine import visitor as engine

MAKERS = {
    Behaviour: engine._leaf_visit,
    Sequence: engine._sequence_visit,
    Selector: engine._selector_visit,
    Parallel: engine._parallel_visit,
    Decorator: engine._decorator_visit,
}
visited: list[list[Behaviour]] = []


def pytest_configure(config: object) -> None:
    """Put the engine in."""
    for base, make_visit in MAKERS.items():
        base.tick = _through_the_engine(make_visit)
    make = engine._visit_of
    engine._visit_of = lambda cls: _noting(make(cls))
    engine._VISITS.clear()


def _noting(visit: Callable[[Any], None]) -> Callable[[Any], None]:
    def visit_and_note(node: Behaviour) -> None:
        visit(node)
        if visited:
            visited[-1].append(node)

    return visit_and_note


def _through_the_engine(make: Callable[[Any], Any]) -> Callable[[Behaviour], Iterator[Behaviour]]:
    def tick(self: Behaviour) -> Iterator[Behaviour]:
        visited.append([])
        try:
            _noting(make(type(self)))(self)
        finally:
            nodes = visited.pop()
        yield from nodes

    return tick
