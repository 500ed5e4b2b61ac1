"""Vision-language-action policies as leaves: what drives a robot by action chunks, checked."""

from .adapters import OWN, SCHEMES, adapter_names, find_adapter
from .binding import PolicyBinding, PolicyModel, is_url
from .checkpoint import CheckpointConfig, ModelSize, read_config
from .checkup import Checkup, Point, Subject, bound_subject, made_up
from .chunks import ChunkBuffer, ensemble_action
from .controller import Controller, ControlSettings, Measured
from .leaf import PolicyService, PolicySkill
from .policy import (
    ActionChunk,
    Answer,
    Observation,
    Policy,
    PolicyError,
    PolicyFactory,
    Properties,
)
from .spec import CameraSpec, PolicySpec, PolicyWants, StateSpec, contradictions, misfits
from .spoiling import POLICY_FAULTS
from .success import GripperCheck, SuccessDetector

__all__ = [
    "OWN",
    "POLICY_FAULTS",
    "SCHEMES",
    "ActionChunk",
    "Answer",
    "CameraSpec",
    "CheckpointConfig",
    "Checkup",
    "ChunkBuffer",
    "ControlSettings",
    "Controller",
    "GripperCheck",
    "Measured",
    "ModelSize",
    "Observation",
    "Point",
    "Policy",
    "PolicyBinding",
    "PolicyError",
    "PolicyFactory",
    "PolicyModel",
    "PolicyService",
    "PolicySkill",
    "PolicySpec",
    "PolicyWants",
    "Properties",
    "StateSpec",
    "Subject",
    "SuccessDetector",
    "adapter_names",
    "bound_subject",
    "contradictions",
    "ensemble_action",
    "find_adapter",
    "is_url",
    "made_up",
    "misfits",
    "read_config",
]
