"""Vision-language-action (VLA) policies as skills: contract, control loop, adapters, checks."""

from treehand.skills.vla.adapters import OWN, SCHEMES, adapter_names, find_adapter
from treehand.skills.vla.binding import PolicyBinding, PolicyModel, is_url
from treehand.skills.vla.contract.checkpoint import CheckpointConfig, ModelSize, read_config
from treehand.skills.vla.contract.policy import (
    ActionChunk,
    Observation,
    Policy,
    PolicyAnswer,
    PolicyError,
    PolicyFactory,
    Properties,
)
from treehand.skills.vla.contract.spec import (
    CameraSpec,
    PolicySpec,
    PolicyWants,
    StateSpec,
    contradictions,
    misfits,
)
from treehand.skills.vla.control.chunks import ChunkBuffer, ensemble_action
from treehand.skills.vla.control.controller import Controller, ControlSettings, Measured
from treehand.skills.vla.control.success import GripperCheck, SuccessDetector
from treehand.skills.vla.faulty_policy import POLICY_FAULTS
from treehand.skills.vla.policy_check import (
    CheckResult,
    PolicyCheck,
    Subject,
    bound_subject,
    made_up,
)
from treehand.skills.vla.policy_skill import PolicyService, PolicySkill

__all__ = [
    "OWN",
    "POLICY_FAULTS",
    "SCHEMES",
    "ActionChunk",
    "CameraSpec",
    "CheckResult",
    "CheckpointConfig",
    "ChunkBuffer",
    "ControlSettings",
    "Controller",
    "GripperCheck",
    "Measured",
    "ModelSize",
    "Observation",
    "Policy",
    "PolicyAnswer",
    "PolicyBinding",
    "PolicyCheck",
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
