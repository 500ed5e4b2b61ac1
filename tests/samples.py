"""Samples of tests that are too many for every change, drawn from the commit's hash.

Every commit draws others, and a run of the same commit the same ones. The header of a test run
prints the seed; `TREEHAND_SAMPLE_SEED=…` repeats it. `pytest -m nightly` runs all of them.
"""

import os
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import pytest

ROOT = Path(__file__).parents[1]
T = TypeVar("T")


def _seed() -> str:
    given = os.environ.get("TREEHAND_SAMPLE_SEED")
    if given:
        return given
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # not a checkout
        return "0"
    return done.stdout.strip()


SEED = _seed()


def sample(items: Iterable[T], n: int, purpose: str) -> list[T]:
    """Return `n` of the items in their order, drawn for a purpose."""
    all_items = list(items)
    chosen = random.Random(f"{SEED}/{purpose}").sample(range(len(all_items)), n)
    return [all_items[index] for index in sorted(chosen)]


def drawn(items: Iterable[object], n: int, purpose: str, *marks: pytest.MarkDecorator) -> list[Any]:
    """Return the items as parameters: `n` of them, drawn for a purpose, the others `nightly`."""
    all_items = list(items)
    chosen = sample(range(len(all_items)), n, purpose)
    return [
        pytest.param(
            *(item if isinstance(item, tuple) else (item,)),
            marks=marks if at in chosen else pytest.mark.nightly,
        )
        for at, item in enumerate(all_items)
    ]


def number(purpose: str) -> int:
    """Return a seed for a purpose, below one million."""
    return random.Random(f"{SEED}/{purpose}").randrange(1_000_000)
