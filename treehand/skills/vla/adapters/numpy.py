"""Adapter for the reference model where torch is not installed: NumPy computes it."""

from __future__ import annotations

from treehand.skills.vla.adapters.served_checkpoint import ServedCheckpoint
from treehand.skills.vla.reference.numpy_vla import NumpyVla


class NumpyPolicy(ServedCheckpoint):
    """The reference model, which gives the same numbers as by torch, up to rounding.

    Args:
        address: Checkpoint folder.
        spec: Inputs and outputs of the policy.
        options: ``control``, for comparison: ``blind`` to show it grey pictures, ``no-properties``
            to leave out what it estimates of the object.

    Raises:
        ValueError: If there is no such ``control``.
    """

    def _loaded(self) -> NumpyVla:
        return NumpyVla.load(self._folder)
