"""The numbers that are the product; slow, so `.ci/run` runs them in a second step."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def bench(module: str, *arguments: str) -> dict:
    command = [sys.executable, "-m", f"benchmarks.{module}", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    return json.loads(done.stdout)


@pytest.mark.slow
def test_recovery_is_worth_its_name():
    report = bench("recovery", "--seeds", "200")
    assert report["with recovery"]["world_true"] >= 190
    assert report["with recovery"]["missed_without_breakage"] == []
    assert report["without recovery"]["rate"] < 0.5


def test_the_benchmarks_run():
    assert bench("recovery", "--seeds", "2")["goal"] == "clean the kitchen"
    assert set(bench("speed", "--runs", "1")["median_s"]) == {
        "treehand run",
        "treehand --help",
        "in process",
    }
