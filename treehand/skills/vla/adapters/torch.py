"""Adapter for the reference model: a checkpoint folder, loaded by torch in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from treehand.core.errors import InputError
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.checkpoint import read_config
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyError,
    PolicyObservation,
    failed,
    unreachable,
)
from treehand.skills.vla.contract.spec import PolicySpec, differences
from treehand.skills.vla.reference.vla_model import SmallVla

CONTROLS = ("none", "blind", "untrained")
"""Values of the option ``control``."""


class TorchPolicy(Policy):
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

    capabilities = ()

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        self._folder = Path(address)
        self._spec = spec
        threads = options.get("threads", 1)
        if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
            raise ValueError(f"'threads' must be a number from 1, not {threads!r}")
        control = options.get("control", "none")
        if control not in CONTROLS:
            raise ValueError(f"'control' must be one of {', '.join(CONTROLS)}, not {control!r}")
        self._threads = threads
        self._control = control
        self._model: SmallVla | None = None

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Load the checkpoint and return its declaration."""
        torch.set_num_threads(self._threads)
        try:
            self._model = self._loaded()
        except InputError as error:
            raise PolicyError(FailureCode.POLICY_MISMATCH, str(error)) from error
        except OSError as error:
            raise unreachable(f"no weights in '{self._folder}': {error}") from error
        except (RuntimeError, SafetensorError) as error:
            first = str(error).splitlines()[0]
            detail = f"the weights in '{self._folder}' are not of this model: {first}"
            raise PolicyError(FailureCode.POLICY_MISMATCH, detail) from error
        spec = self._model.config.spec
        problems = list(differences(self._spec, spec))
        if problems:
            raise PolicyError(FailureCode.POLICY_MISMATCH, "; ".join(problems))
        return {
            "cameras": list(spec.cameras),
            "state": list(spec.state),
            "action_labels": list(spec.action.labels),
            "control_mode": spec.action.control,
            "chunk": spec.chunk,
            "rate_hz": spec.rate_hz,
            "parameters": sum(weights.numel() for weights in self._model.parameters()),
        }

    def _loaded(self) -> SmallVla:
        if self._control != "untrained":
            return SmallVla.load(self._folder)
        config = read_config(self._folder)
        model = SmallVla(config.model_copy(update={"seed": config.seed + 1}))
        model.eval()
        return model

    def reset(self, episode: str) -> None:
        """Do nothing: the model has no state between observations."""

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Return the model's answer; cannot be cancelled, takes some tens of milliseconds."""
        if self._model is None:
            raise unreachable("it is not loaded")
        if self._control == "blind":
            grey = {key: np.full_like(one, 128) for key, one in observation.images.items()}
            observation = replace(observation, images=grey)
        try:
            answer: PolicyAnswer = self._model.answer(observation, instruction)
        except (KeyError, RuntimeError, ValueError) as error:
            raise failed(f"{type(error).__name__}: {error}") from error
        return answer

    def cancel(self) -> None:
        """Do nothing: the inference in progress ends by itself and its answer is discarded."""

    def close(self) -> None:
        """Release the model."""
        self._model = None
