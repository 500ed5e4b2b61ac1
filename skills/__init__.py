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
from .protocols import (
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
    "definitions_in",
    "load_definition",
    "load_entry_point",
    "skill",
]
