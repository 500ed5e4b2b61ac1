"""Words of an instruction as numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from treehand.skills.vla.contract.checkpoint import ModelSize

WORD = re.compile(r"[a-z0-9]+")


def word_rows(instructions: Sequence[str], size: ModelSize) -> NDArray[np.int64]:
    """Return the row of every word in the embedding, shape (b, longest); 0 for padding.

    A word's row is its hash, so no vocabulary is needed.
    """
    rows = np.zeros((len(instructions), size.longest), dtype=np.int64)
    for i, instruction in enumerate(instructions):
        for j, word in enumerate(WORD.findall(instruction.lower())[: size.longest]):
            digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
            rows[i, j] = int.from_bytes(digest, "big") % size.words + 1
    return rows
