"""What a tick costs: our engine, py_trees, BehaviorTree.CPP with Python leaves, bonsai-bt.

    python -m benchmarks.ticks [--rounds 60] [--json]

Four shapes of tree, the same leaves everywhere (a Python call that returns a status). All engines
take turns in one process; the median of CPU time per node and tick is printed, in microseconds,
and the ratio to ours. `ours, idle` are the same trees with leaves that are guards, of which nothing
has changed; `ours, one change` changes one of them before every tick. Engines that are not
installed are left out: `pip install behaviortreepy bonsai-bt`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import py_trees
from py_trees.behaviour import Behaviour
from py_trees.common import Status

from benchmarks.machine import describe
from treehand.core.revisions import Revision
from treehand.trees import Guard, visit
from treehand.trees.engine.guards import sequence_or_fallback

Tick = Callable[[], object]
OURS = "ours"


@dataclass(frozen=True)
class Shape:
    """One shape of tree: nested lists of leaves, each "S" or "R", or a chain of decorators."""

    name: str
    sequences: Any
    chain: int = 0

    def nodes(self) -> int:
        """Return how many nodes it has."""
        return self.chain + 1 if self.chain else _count(self.sequences)


def _count(part: Any) -> int:
    return 1 if isinstance(part, str) else 1 + sum(map(_count, part))


def _reactive(depth: int, *, is_last: bool = True) -> Any:
    if depth == 0:
        return "R" if is_last else "S"
    return [_reactive(depth - 1, is_last=is_last and place == 9) for place in range(10)]


SHAPES = (
    Shape("sequence of 1,000 that succeed", ["S"] * 1000),
    Shape("1,111 nodes, reactive, deepest leaf RUNNING", _reactive(3)),
    Shape("11,111 nodes, the same", _reactive(4)),
    Shape("chain of 200 decorators", None, chain=200),
)


class Leaf(Behaviour):
    """Answers the same at every tick."""

    def __init__(self, name: str, status: Status) -> None:
        super().__init__(name)
        self._status = status

    def update(self) -> Status:
        """Answer."""
        return self._status


def plain(shape: Shape) -> Behaviour:
    """Return the shape in plain py_trees nodes."""
    if shape.chain:
        node: Behaviour = Leaf("leaf", Status.SUCCESS)
        for _ in range(shape.chain):
            node = py_trees.decorators.Inverter("inverter", node)
        return node

    def build(part: Any) -> Behaviour:
        if isinstance(part, str):
            return Leaf("leaf", Status.RUNNING if part == "R" else Status.SUCCESS)
        return py_trees.composites.Sequence("sequence", False, [build(inner) for inner in part])

    return build(shape.sequences)


def guarded(shape: Shape, version: Revision) -> Behaviour:
    """Return the shape with guards for leaves; the first one reads `version`."""
    fixed, versions = Revision(), iter([version])

    def build(part: Any) -> Behaviour:
        if part == "R":
            return Leaf("leaf", Status.RUNNING)
        if part == "S":
            return Guard("guard", lambda: True, [next(versions, fixed)])
        children = [build(inner) for inner in part]
        return sequence_or_fallback("sequence", children, is_sequence=True, is_remembering=False)

    return build(shape.sequences)


def ours(shape: Shape) -> Tick:
    """Tick with the engine of this project."""
    root = plain(shape)
    return lambda: visit(root)


def idle(shape: Shape) -> Tick:
    """Tick guards of which nothing has changed."""
    root = guarded(shape, Revision())
    return lambda: visit(root)


def one_change(shape: Shape) -> Tick:
    """Tick guards of which one has changed."""
    version = Revision()
    root = guarded(shape, version)

    def tick() -> None:
        version.bump()
        visit(root)

    return tick


def stock(shape: Shape) -> Tick:
    """Tick as py_trees does."""
    tree = py_trees.trees.BehaviourTree(plain(shape))
    return tree.tick


def cpp(shape: Shape) -> Tick:
    """Tick BehaviorTree.CPP with leaves in Python."""
    import behaviortreepy as bt

    factory = bt.BehaviorTreeFactory()
    success, running = bt.NodeStatus.SUCCESS, bt.NodeStatus.RUNNING
    factory.register_simple_condition("Success", lambda node: success)
    factory.register_simple_stateful_action("Running", lambda node: running, lambda node: running)
    tree = factory.create_tree_from_text(_xml(shape))
    return lambda: tree.tick_exactly_once()


def _xml(shape: Shape) -> str:
    def build(part: Any) -> str:
        if isinstance(part, str):
            return "<Running/>" if part == "R" else "<Success/>"
        return f"<ReactiveSequence>{''.join(map(build, part))}</ReactiveSequence>"

    body = build(shape.sequences) if not shape.chain else "<Success/>"
    for _ in range(shape.chain):
        body = f"<Inverter>{body}</Inverter>"
    return f'<root BTCPP_format="4"><BehaviorTree ID="T">{body}</BehaviorTree></root>'


def bonsai(shape: Shape) -> Tick:
    """Tick bonsai-bt (Rust) with a callback in Python."""
    import bonsai_bt as bt

    def build(part: Any) -> Any:
        if isinstance(part, str):
            return bt.Action(part)
        return bt.Sequence([build(inner) for inner in part], memory=False)

    body = build(shape.sequences) if not shape.chain else bt.Action("S")
    for _ in range(shape.chain):
        body = bt.Invert(body)
    success, running = (bt.Status.Success, 0.0), bt.RUNNING

    def answer(args: Any, board: Any) -> Any:
        return running if args.action == "R" else success

    tree = bt.BT(body, None)

    def tick() -> None:
        if tree.is_finished():
            tree.reset_bt()
        tree.tick(0.1, answer)

    return tick


ENGINES: dict[str, tuple[str, Callable[[Shape], Tick]]] = {
    OURS: ("treehand", ours),
    "ours, idle": ("treehand", idle),
    "ours, one change": ("treehand", one_change),
    "py_trees Tree.tick": ("py_trees", stock),
    "BT.CPP, Python leaves": ("behaviortreepy", cpp),
    "bonsai-bt": ("bonsai_bt", bonsai),
}


def measure(shape: Shape, rounds: int) -> dict[str, float]:
    """Return the median CPU time per node and tick in microseconds, by engine."""
    ticks = {
        name: make(shape)
        for name, (package, make) in ENGINES.items()
        if importlib.util.find_spec(package) and not (shape.chain and name.startswith("ours,"))
    }
    for tick in ticks.values():
        tick()
    spent: dict[str, list[float]] = {name: [] for name in ticks}
    for _ in range(rounds):
        for name, tick in ticks.items():
            began = time.process_time()
            tick()
            spent[name].append(time.process_time() - began)
    nodes = shape.nodes()
    return {name: statistics.median(times) / nodes * 1e6 for name, times in spent.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tables = {shape.name: measure(shape, options.rounds) for shape in SHAPES}
    if options.json:
        print(json.dumps({"machine": describe(), "us_per_node": tables}))
        return
    print(f"{describe()}; {options.rounds} rounds, interleaved; µs per node and tick (× ours)")
    for name, table in tables.items():
        print(f"\n{name}")
        for engine, us in table.items():
            print(f"  {engine:24s} {us:8.3f}  ×{us / table[OURS]:.2f}")


if __name__ == "__main__":
    main()
