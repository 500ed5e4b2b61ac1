"""Weights between those of a policy and those of the same policy after further practice.

    python -m benchmarks.interpolate BASE PRACTISED --share 0.75 --out DIR

A practice forgets a part of what it does not repeat often. The weighted mean of the weights before
and after it keeps more of both, as long as one began with the other (Wortsman et al., Robust
fine-tuning of zero-shot models, CVPR 2022). The mean has the settings and the ledger of PRACTISED;
the last command of the ledger tells that it was made.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from treehand.learning.training.ledger import TrainingLedger
from treehand.skills.vla.contract.checkpoint import WEIGHTS


def interpolate(base: Path, practised: Path, share: float, out: Path) -> None:
    """Write the checkpoint between two.

    Args:
        base: Checkpoint before the practice.
        practised: Checkpoint after it, of the same shapes.
        share: Weight of the practised one, from 0 to 1.
        out: Folder to write, which must not exist.
    """
    before, after = load_file(base / WEIGHTS), load_file(practised / WEIGHTS)
    if {name: one.shape for name, one in before.items()} != {
        name: one.shape for name, one in after.items()
    }:
        raise SystemExit(f"{base} and {practised} are not of the same shapes")
    shutil.copytree(practised, out)
    mean = {
        name: (share * one.astype(np.float64) + (1.0 - share) * before[name]).astype(one.dtype)
        for name, one in after.items()
    }
    save_file(mean, out / WEIGHTS)
    ledger = TrainingLedger.read(practised)
    if ledger is None:
        return
    made = f"python -m benchmarks.interpolate {base} {practised} --share {share} --out {out}"
    *before_it, last = ledger.lessons
    last = last.model_copy(update={"command": f"{last.command} && {made}"})
    ledger.model_copy(update={"lessons": (*before_it, last)}).write(out)


def main() -> None:
    """Read the command and write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("practised", type=Path)
    parser.add_argument("--share", type=float, default=0.75, help="of the practised weights")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    if not 0.0 <= asked.share <= 1.0:
        parser.error("--share is from 0 to 1")
    for folder in (asked.base, asked.practised):
        if not (folder / WEIGHTS).exists():
            parser.error(f"{folder} has no {WEIGHTS}")
    if asked.out.exists():
        parser.error(f"{asked.out} exists")
    interpolate(asked.base, asked.practised, asked.share, asked.out)


if __name__ == "__main__":
    main()
