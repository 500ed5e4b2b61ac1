"""How long it takes to load and check large tree files.

    python -m benchmarks.checking [--runs 5] [--json]

The sizes take turns; medians of wall time, in process, are printed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time

from benchmarks.machine import describe
from treehand.documents.lenient import parse_leniently
from treehand.orchestrator.config.deployment import Deployment
from treehand.trees import TreeSpec, check_tree

SIZES = (2_000, 20_000)
BLOCK = """\
    - sequence:
        - check: on(red_mug, counter)
        - do: pick(red_mug)
          retry: {attempts: 3, on: [grasp-dropped]}
          timeout: 20 s
        - {do: "put_in(red_mug, dishwasher)", unless: "in(red_mug, dishwasher)"}
        - check: in(red_mug, dishwasher)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    deployment = Deployment.load()
    head = "tree: big\ndomain: kitchen\nroot:\n  sequence:\n"
    texts = {size: head + BLOCK * ((size - 1) // 5) for size in SIZES}
    spent: dict[int, list[tuple[float, float]]] = {size: [] for size in SIZES}
    for _ in range(options.runs):
        for size, text in texts.items():
            began = time.perf_counter()
            tree, findings = parse_leniently(text, TreeSpec, file="big.tree.yaml")
            loaded = time.perf_counter()
            assert tree is not None
            assert not findings
            names = (deployment.domain, deployment.vocabulary, deployment.library)
            assert not check_tree(tree, *names)
            spent[size].append((loaded - began, time.perf_counter() - loaded))
    rows = {
        size: {
            "load_s": round(statistics.median(load for load, _ in times), 3),
            "check_s": round(statistics.median(check for _, check in times), 3),
        }
        for size, times in spent.items()
    }
    if options.json:
        print(json.dumps({"machine": describe(), "sizes": rows}))
        return
    print(f"{describe()}; medians of {options.runs}")
    for size, row in rows.items():
        print(f"  {size:6d} nodes: load {row['load_s']:.3f} s, check {row['check_s']:.3f} s")


if __name__ == "__main__":
    main()
