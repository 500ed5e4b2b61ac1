"""Adapter for the reference model: a checkpoint folder, loaded by torch in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from safetensors import SafetensorError

from treehand.skills.vla.adapters.served_checkpoint import ServedCheckpoint
from treehand.skills.vla.contract.checkpoint import read_config
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.reference.vla_model import SmallVla


class TorchPolicy(ServedCheckpoint):
    """The reference model.

    Args:
        address: Checkpoint folder.
        spec: Inputs and outputs of the policy.
        options: ``threads``: number of cores that it may use; default 1, which leaves the others to
            the control loop. ``control``: ``blind`` to show it grey pictures, ``untrained`` to
            take new weights, for comparison.

    Raises:
        ValueError: If ``threads`` is no whole number from 1 on, or there is no such ``control``.
    """

    controls = ("none", "blind", "no-properties", "untrained")

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        super().__init__(address, spec, options)
        threads = options.get("threads", 1)
        if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
            raise ValueError(f"'threads' must be a number from 1, not {threads!r}")
        self._threads = threads

    def _loaded(self) -> SmallVla:
        torch.set_num_threads(self._threads)
        if self._control == "untrained":
            config = read_config(self._folder)
            model = SmallVla(config.model_copy(update={"seed": config.seed + 1}))
            model.eval()
            return model
        try:
            return SmallVla.load(self._folder)
        except (RuntimeError, SafetensorError) as error:
            raise ValueError(str(error)) from error
