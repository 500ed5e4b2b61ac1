"""Skills: domain language, contracts of skills, worlds and robots, skill catalog, VLA policies."""

from treehand.core.errors import CommandRefused
from treehand.core.plugins import load_entry_point, load_function
from treehand.skills.catalog import ENTRY_POINTS, SkillCatalog, definitions_in, load_definition
from treehand.skills.contracts.command_gate import ActivationLog, CommandGate
from treehand.skills.contracts.definition import SkillContext, SkillDefinition, SkillFactory
from treehand.skills.contracts.embodiment import (
    ActionDim,
    ActionSpec,
    ByteArray,
    CameraOfRobot,
    Controllable,
    DeadMan,
    Embodiment,
    EmbodimentSpec,
    FloatArray,
    ForceLimited,
    Frames,
    Proprioception,
    QuantityOfRobot,
    SensorReading,
    StopStatus,
    Unit,
)
from treehand.skills.contracts.gated_skill import GatedSkill
from treehand.skills.contracts.kinematics import Kinematic, Kinematics, Pose, damped_solution
from treehand.skills.contracts.motion_fence import MotionFence
from treehand.skills.contracts.motion_limits import UNLIMITED, MotionLimits
from treehand.skills.contracts.skill import (
    HaltStep,
    SelfEnding,
    Skill,
    SkillStep,
    StepStatus,
    is_self_ending,
)
from treehand.skills.contracts.world import (
    Disturbable,
    Disturbance,
    Filmed,
    GroundTruth,
    Heartbeat,
    Moment,
    Randomized,
    Recordable,
    Simulated,
    Snapshottable,
    World,
    incomplete_mixins,
)
from treehand.skills.contracts.world_store import WorldFile, WorldStore
from treehand.skills.domain.failures import POLICY_TROUBLE, FailureCode
from treehand.skills.functions import PERIOD_S, SkillGenerator, SkillResult, skill

__all__ = [
    "ENTRY_POINTS",
    "PERIOD_S",
    "POLICY_TROUBLE",
    "UNLIMITED",
    "ActionDim",
    "ActionSpec",
    "ActivationLog",
    "ByteArray",
    "CameraOfRobot",
    "CommandGate",
    "CommandRefused",
    "Controllable",
    "DeadMan",
    "Disturbable",
    "Disturbance",
    "Embodiment",
    "EmbodimentSpec",
    "FailureCode",
    "Filmed",
    "FloatArray",
    "ForceLimited",
    "Frames",
    "GatedSkill",
    "GroundTruth",
    "HaltStep",
    "Heartbeat",
    "Kinematic",
    "Kinematics",
    "Moment",
    "MotionFence",
    "MotionLimits",
    "Pose",
    "Proprioception",
    "QuantityOfRobot",
    "Randomized",
    "Recordable",
    "SelfEnding",
    "SensorReading",
    "Simulated",
    "Skill",
    "SkillCatalog",
    "SkillContext",
    "SkillDefinition",
    "SkillFactory",
    "SkillGenerator",
    "SkillResult",
    "SkillStep",
    "Snapshottable",
    "StepStatus",
    "StopStatus",
    "Unit",
    "World",
    "WorldFile",
    "WorldStore",
    "damped_solution",
    "definitions_in",
    "incomplete_mixins",
    "is_self_ending",
    "load_definition",
    "load_entry_point",
    "load_function",
    "skill",
]
