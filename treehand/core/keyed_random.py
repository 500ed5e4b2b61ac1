"""Keyed random numbers: each depends on its purpose, never on the number of ticks or draws."""

from __future__ import annotations

import hashlib
from statistics import NormalDist

import numpy as np

_STANDARD_NORMAL = NormalDist()


class KeyedRandom:
    """A family of independent random numbers, one for each key.

    Two numbers with the same seed and key are equal, whatever was drawn before, so results cannot
    depend on the tick pattern. Keys are hashed with BLAKE2b, a cryptographic hash, so close keys
    give
    unrelated numbers.

    Args:
        seed: Seed of the run.
        key: Path of the family.
    """

    def __init__(self, seed: int, *key: object) -> None:
        self._seed = seed
        self._key = key

    def under(self, *key: object) -> KeyedRandom:
        """Return the family with the key extended by `key`."""
        return KeyedRandom(self._seed, *self._key, *key)

    def _digest(self, purpose: tuple[object, ...]) -> int:
        text = repr((self._seed, self._key, purpose)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")

    def uniform(self, *purpose: object) -> float:
        """Return the number for `purpose`, uniform in the open interval (0, 1)."""
        return (self._digest(purpose) + 0.5) / 2.0**64

    def normal(self, *purpose: object, mean: float = 0.0, deviation: float = 1.0) -> float:
        """Return the number for `purpose` from a normal distribution."""
        return mean + deviation * _STANDARD_NORMAL.inv_cdf(min(self.uniform(*purpose), 1 - 1e-12))

    def generator(self, *purpose: object) -> np.random.Generator:
        """Return a numpy generator for `purpose`, for skills that need many numbers."""
        return np.random.default_rng(self._digest(purpose))
