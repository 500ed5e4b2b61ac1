"""Vision-language-action (VLA) policies as skills: contract, control loop, adapters, checks."""

from treehand.skills.vla.adapters import BUILT_IN, URL_SCHEMES, adapter_names, find_adapter
from treehand.skills.vla.binding import PolicyBinding, PolicyModel, is_url
from treehand.skills.vla.contract.checkpoint import CheckpointConfig, ModelSize, read_config
from treehand.skills.vla.contract.policy import (
    ActionChunk,
    Policy,
    PolicyAnswer,
    PolicyError,
    PolicyFactory,
    PolicyObservation,
    Properties,
)
from treehand.skills.vla.contract.spec import (
    CameraSpec,
    PolicySpec,
    PolicyWants,
    StateSpec,
    contradictions,
)
from treehand.skills.vla.control.chunks import ChunkBuffer, ensemble_action
from treehand.skills.vla.control.controller import Controller, ControlSettings, ControlStatistics
from treehand.skills.vla.control.success import GripperCheck, SuccessDetector
from treehand.skills.vla.conversion.ghost import GhostPath
from treehand.skills.vla.conversion.misfits import Misfit, incompatibilities
from treehand.skills.vla.faulty_policy import POLICY_FAULTS
from treehand.skills.vla.policy_check import (
    CheckResult,
    PolicyCheck,
    PolicyUnderTest,
    policy_under_test,
    synthetic_observation,
)
from treehand.skills.vla.policy_skill import PolicyService, PolicySkill

__all__ = [
    "BUILT_IN",
    "POLICY_FAULTS",
    "URL_SCHEMES",
    "ActionChunk",
    "CameraSpec",
    "CheckResult",
    "CheckpointConfig",
    "ChunkBuffer",
    "ControlSettings",
    "ControlStatistics",
    "Controller",
    "GhostPath",
    "GripperCheck",
    "Misfit",
    "ModelSize",
    "Policy",
    "PolicyAnswer",
    "PolicyBinding",
    "PolicyCheck",
    "PolicyError",
    "PolicyFactory",
    "PolicyModel",
    "PolicyObservation",
    "PolicyService",
    "PolicySkill",
    "PolicySpec",
    "PolicyUnderTest",
    "PolicyWants",
    "Properties",
    "StateSpec",
    "SuccessDetector",
    "adapter_names",
    "contradictions",
    "ensemble_action",
    "find_adapter",
    "incompatibilities",
    "is_url",
    "policy_under_test",
    "read_config",
    "synthetic_observation",
]
