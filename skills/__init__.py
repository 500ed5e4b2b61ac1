"""Skills: protocols, plain functions as skills, catalog, failure codes, domain language."""

from .catalog import (
    ENTRY_POINTS,
    SkillCatalog,
    SkillContext,
    SkillDefinition,
    SkillFactory,
    definitions_in,
    load_definition,
    load_entry_point,
)
from .failures import FailureCode
from .functions import PERIOD_S, SkillGenerator, SkillResult, skill
from .keeping import WorldFile, WorldStore
from .protocols import (
    ByteArray,
    Disturbance,
    Embodiment,
    FloatArray,
    Frames,
    HaltStep,
    Proprioception,
    SimulatedWorld,
    Skill,
    SkillStep,
    StepStatus,
    StopStatus,
    World,
)

__all__ = [
    "ENTRY_POINTS",
    "PERIOD_S",
    "ByteArray",
    "Disturbance",
    "Embodiment",
    "FailureCode",
    "FloatArray",
    "Frames",
    "HaltStep",
    "Proprioception",
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
    "World",
    "WorldFile",
    "WorldStore",
    "definitions_in",
    "load_definition",
    "load_entry_point",
    "skill",
]
