"""Adapter for the reference model: a checkpoint folder, loaded by torch in this process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from treehand.core.errors import InputError
from treehand.skills.domain.failures import FailureCode
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


class TorchPolicy(Policy):
    """The reference model.

    Args:
        address: Checkpoint folder.
        spec: Inputs and outputs of the policy.
        options: ``threads``: number of cores that it may use; default 1, which leaves the others to
            the control loop.

    Raises:
        ValueError: If ``threads`` is no whole number from 1 on.
    """

    capabilities = ()

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        self._folder = Path(address)
        self._spec = spec
        threads = options.get("threads", 1)
        if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
            raise ValueError(f"'threads' must be a number from 1, not {threads!r}")
        self._threads = threads
        self._model: SmallVla | None = None

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Load the checkpoint and return its declaration."""
        torch.set_num_threads(self._threads)
        try:
            self._model = SmallVla.load(self._folder)
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

    def reset(self, episode: str) -> None:
        """Do nothing: the model has no state between observations."""

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Return the model's answer; cannot be cancelled, takes some tens of milliseconds."""
        if self._model is None:
            raise unreachable("it is not loaded")
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
