"""The file ``treehand.yaml``: its keys, and what it names by path."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from treehand.core.spans import Span
from treehand.documents.named_value import GivenOrLeftOut
from treehand.documents.reader import Located, read_file
from treehand.orchestrator.config.bindings import BindingField, code_references
from treehand.orchestrator.config.bound_files import hashes_of
from treehand.orchestrator.config.breakpoint_settings import BreakpointModel
from treehand.orchestrator.config.budgets import Budgets
from treehand.orchestrator.config.code import declared_files, declared_real_world
from treehand.orchestrator.config.detector_settings import DetectorModel
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.config.word_settings import WordSettings
from treehand.orchestrator.people.approval import ApprovalRequest
from treehand.planners.llm import ModelSettings
from treehand.skills.domain import FormulaField, Name, Seconds
from treehand.worlds import RosSettings

FILE_NAME = "treehand.yaml"


class DeploymentFile(Located):
    """``treehand.yaml``."""

    world: GivenOrLeftOut[str] = None
    """Name of the world, or ``file.py:NAME``. If left out: the built-in kitchen; ``paper``, which
    plays any domain, if `domain` is not the kitchen's."""
    randomize: GivenOrLeftOut[str] = None
    """From which of its presets a simulated world is drawn, such as ``seed-article``."""
    robot: GivenOrLeftOut[str] = None
    """Robot of a world that has a choice, such as ``ur5e``; or the path of a ``*.robot.yaml``."""
    domain: GivenOrLeftOut[str] = None
    """Path of a domain file, from this file's folder; the world's own if left out."""
    scene: GivenOrLeftOut[str] = None
    """Path of a scene file; the world's own if left out."""
    trees: GivenOrLeftOut[str] = None
    """Folder of trees that may be used as subtrees."""
    detectors: dict[Name, DetectorModel] = {}
    """Detectors that tell facts: rules, limits of a grip, questions to a model, your own."""
    ros: GivenOrLeftOut[RosSettings] = None
    """Robot behind a rosbridge server, for ``world: ros``."""
    bindings: dict[Name, BindingField] = {}
    """Skill name to what serves it: a function, ``module:function`` or ``file.py:function``, a
    policy, or an interface of ROS."""
    budgets: Budgets = Budgets()
    """Budgets of a run."""
    approval: ApprovalRequest = ApprovalRequest()
    """Questions to a person before the robot moves."""
    never: tuple[FormulaField, ...] = ()
    """Constraints while a run lasts; if one is violated, the robot is stopped, latched."""
    breakpoints: tuple[BreakpointModel, ...] = ()
    """Nodes at which ``run``, ``console`` and ``serve`` hold the robot until a person goes on."""
    llm: ModelSettings = ModelSettings()
    """The language model that reads goals; without one the built-in grammar does."""
    words: WordSettings = WordSettings()
    """The sentence encoder behind the reader's questions."""
    planner: str = "any"
    """Planning method: ``any`` (chaining and, where that finds no plan, search),
    ``chaining``, ``search``, or a planner of your own, ``file.py:NAME`` or the name of an installed
    one."""
    reader: GivenOrLeftOut[str] = None
    """Goal reader of your own, ``file.py:NAME`` or the name of an installed one."""
    person: GivenOrLeftOut[str] = None
    """Person who answers where nobody sits at a terminal, as `reader` is named."""
    listeners: tuple[str, ...] = ()
    """Functions that get each event of a run, as `reader` is named."""
    silence: Seconds = 2.0
    """Longest silence of a real world before the robot is stopped, latched."""
    overdue: Annotated[Seconds, Field(gt=0)] = 5.0
    """Longest time for a call of a skill or world to return before it is told; the skill's own
    `timeout` if that is shorter."""
    opening: Annotated[Seconds, Field(gt=0)] = 30.0
    """Longest time to open a real world, and for its first look."""

    def named_parts(self) -> dict[str, list[tuple[str, Span | None]]]:
        """Return the references to parts of the user's own, by their keys, each with its place."""
        alone = (("reader", self.reader), ("person", self.person))
        named = {key: [(one, self.span(key))] if one is not None else [] for key, one in alone}
        spans = [(one, self.span("listeners", i)) for i, one in enumerate(self.listeners)]
        return {**named, "listeners": spans}


def file_here(*, looks_here: bool) -> Path | None:
    """Return ``./treehand.yaml``; None if there is none, or it does not count."""
    path = Path(FILE_NAME)
    return path if looks_here and path.exists() else None


def real_world_of(overrides: DeploymentOverrides) -> str | None:
    """Return the name of a deployment's world if it is a real one; see `declared_real_world`.

    Raises:
        InputError: If the deployment file cannot be read.
    """
    config = overrides.config
    if overrides.world is not None:
        return declared_real_world(overrides.world, Path())
    settings = read_file(config, DeploymentFile) if config else DeploymentFile()
    if settings.world is None:
        return None
    return declared_real_world(settings.world, config.parent if config else Path())


def bound_hashes(
    settings: DeploymentFile, given: DeploymentOverrides, config: Path | None
) -> dict[str, str]:
    """Return path to content hash of what a deployment binds by path, before any of it is read."""
    base = config.parent if config else Path()
    world, home = (given.world, Path()) if given.world else (settings.world, base)
    references = [(world, home), (settings.planner, base)]
    parts = settings.named_parts().values()
    references += [(name, base) for named in parts for name, _ in named]
    references += [(one, base) for one in code_references(settings.bindings)]
    references += [(one.scorer, base) for one in settings.detectors.values()]
    own = declared_files(world, home) if world is not None else (None, None)
    return hashes_of(
        (
            config,
            given.domain or (base / settings.domain if settings.domain else own[0]),
            given.scene or (base / settings.scene if settings.scene else own[1]),
        ),
        (base / settings.trees if settings.trees else None, given.tree_folder),
        references,
    )
