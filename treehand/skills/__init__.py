"""Skills: domain language, contracts of skills, worlds and robots, skill catalog, VLA policies."""

from treehand.core.plugins import load_entry_point, load_function
from treehand.skills.catalog import ENTRY_POINTS, SkillCatalog, definitions_in, load_definition
from treehand.skills.contracts.definition import SkillContext, SkillDefinition, SkillFactory
from treehand.skills.contracts.embodiment import (
    ActionDim,
    ActionSpec,
    ByteArray,
    CameraOfRobot,
    Controllable,
    Embodiment,
    EmbodimentSpec,
    FloatArray,
    Frames,
    Proprioception,
    QuantityOfRobot,
    SensorReading,
    StopStatus,
    Unit,
)
from treehand.skills.contracts.skill import HaltStep, Skill, SkillStep, StepStatus
from treehand.skills.contracts.world import (
    Disturbance,
    FilmedWorld,
    RandomizedWorld,
    SimulatedWorld,
    World,
)
from treehand.skills.contracts.world_store import WorldFile, WorldStore
from treehand.skills.domain.failures import POLICY_TROUBLE, FailureCode
from treehand.skills.functions import PERIOD_S, SkillGenerator, SkillResult, skill

__all__ = [
    "ENTRY_POINTS",
    "PERIOD_S",
    "POLICY_TROUBLE",
    "ActionDim",
    "ActionSpec",
    "ByteArray",
    "CameraOfRobot",
    "Controllable",
    "Disturbance",
    "Embodiment",
    "EmbodimentSpec",
    "FailureCode",
    "FilmedWorld",
    "FloatArray",
    "Frames",
    "HaltStep",
    "Proprioception",
    "QuantityOfRobot",
    "RandomizedWorld",
    "SensorReading",
    "SimulatedWorld",
    "Skill",
    "SkillCatalog",
    "SkillContext",
    "SkillDefinition",
    "SkillFactory",
    "SkillGenerator",
    "SkillResult",
    "SkillStep",
    "StepStatus",
    "StopStatus",
    "Unit",
    "World",
    "WorldFile",
    "WorldStore",
    "definitions_in",
    "load_definition",
    "load_entry_point",
    "load_function",
    "skill",
]
