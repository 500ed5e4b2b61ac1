"""A checkpoint of the reference model, served in this process."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np

from treehand.core.errors import InputError
from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.contract.checkpoint import CheckpointConfig
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyError,
    PolicyObservation,
    failed,
    unreachable,
)
from treehand.skills.vla.contract.spec import PolicySpec, differences


class AnsweringModel(Protocol):
    """The reference model, whatever computes it."""

    config: CheckpointConfig

    @property
    def parameters_n(self) -> int:
        """Number of weights."""
        ...

    def answer(self, observation: PolicyObservation, instruction: str) -> PolicyAnswer:
        """Return the actions for an observation."""
        ...


class ServedCheckpoint(Policy):
    """The reference model.

    Args:
        address: Checkpoint folder.
        spec: Inputs and outputs of the policy.
        options: ``control``: one of `controls`, for comparison.

    Raises:
        ValueError: If there is no such ``control``.
    """

    capabilities = ()
    controls: ClassVar[tuple[str, ...]] = ("none", "blind", "no-properties")
    """Values of the option ``control``."""

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        self._folder = Path(address)
        self._spec = spec
        control = options.get("control", "none")
        if control not in self.controls:
            known = ", ".join(self.controls)
            raise ValueError(f"'control' must be one of {known}, not {control!r}")
        self._control = control
        self._model: AnsweringModel | None = None

    @abstractmethod
    def _loaded(self) -> AnsweringModel:
        """Return the model.

        Raises:
            InputError: If the config is missing or invalid.
            OSError: If there are no weights.
            ValueError: If they are not of this model.
        """

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Load the checkpoint and return its declaration."""
        try:
            self._model = self._loaded()
        except InputError as error:
            raise PolicyError(FailureCode.POLICY_MISMATCH, str(error)) from error
        except OSError as error:
            raise unreachable(f"no weights in '{self._folder}': {error}") from error
        except ValueError as error:
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
            "parameters": self._model.parameters_n,
        }

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
            answer = self._model.answer(observation, instruction)
        except (KeyError, RuntimeError, ValueError) as error:
            raise failed(f"{type(error).__name__}: {error}") from error
        return replace(answer, properties=None) if self._control == "no-properties" else answer

    def cancel(self) -> None:
        """Do nothing: the inference in progress ends by itself and its answer is discarded."""

    def close(self) -> None:
        """Release the model."""
        self._model = None
