"""Definition of a world: its name, its defaults, and how it is opened."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from treehand.core.clock import Clock
from treehand.core.errors import ContractError, Finding
from treehand.core.keyed_random import KeyedRandom
from treehand.core.text.outside_values import shown
from treehand.skills import EmbodimentSpec, SkillDefinition, World, WorldStore
from treehand.skills.domain import Domain, Fact, Facts, Percept, Scene, Vocabulary


@dataclass(frozen=True)
class WorldContext:
    """Inputs of a world when it is opened."""

    domain: Domain
    scene: Scene
    random: KeyedRandom
    """Random numbers of the run."""
    clock: Clock
    """The run's time; a world begins, or continues, at its present time."""
    store: WorldStore | None = None
    """Store of a simulated world's true state; None to keep it in memory only."""
    randomize: str | None = None
    """Name of a preset for domain randomization; the kind's default preset if None."""

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        types = {name: entry.type for name, entry in self.scene.objects.items()}
        return self.domain.vocabulary(types)

    def true_facts(self, found: Mapping[Fact, bool]) -> Facts:
        """Return the facts that a simulator knows, as `GroundTruth.truth` gives it.

        Args:
            found: Facts with their values; all others have their default.
        """
        facts, now_s = Facts(self._vocabulary), self.clock.now_s()
        facts.observe([Percept(fact, value, "truth", now_s) for fact, value in found.items()])
        return facts


@dataclass(frozen=True)
class WorldKind:
    """A kind of world with its default skills, domain and scene."""

    name: str
    doc: str
    open: Callable[[WorldContext], World]
    """Opens a fresh world, or continues the one in the store."""
    skills: tuple[SkillDefinition, ...]
    domain: Path
    scene: Path
    is_virtual: bool = False
    """True if the world can run in virtual time and ends with the process."""
    robot: EmbodimentSpec | None = None
    """Declaration of its robot, so that policies are checked before the world is opened; None if
    it is known of the open world only."""
    needs_places: bool = False
    """True if it opens only scenes that say of every thing where it is."""
    presets: Mapping[str, str] = field(default_factory=dict)
    """Presets for domain randomization, each with a description."""
    with_robot: Callable[[str, Path], WorldKind] | None = None
    """Gives the world with another robot: by its name, or the path of its file from a folder.
    None in a world that has no choice of robots."""
    policies: Mapping[str, Path] = field(default_factory=dict)
    """Trained policies that it brings for its robot, each with its checkpoint folder."""
    limits: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    """Limits of its robot, as `SkillModel.limits` has them: skill to parameter to property to
    greatest value. They hold beside those of the domain."""
    measured: Callable[[Scene], Scene] | None = None
    """Gives a scene with the measures of things and places that the world knows itself."""
    furniture_findings: Callable[[Scene], Iterable[Finding]] | None = None
    """Gives the findings in the furniture of a scene, for its robot; None if it builds none."""
    skills_of: Callable[[Domain], tuple[SkillDefinition, ...]] | None = None
    """Gives the skills for a domain, in a world that plays the action models of any domain; None
    in a world with skills of its own, which serve the signatures of its own domain."""

    @property
    def plays_models(self) -> bool:
        """True if it plays the action models of any domain, so that bindings are not used."""
        return self.skills_of is not None

    def variant(self, name: str, opens: Callable[[WorldContext], World]) -> WorldKind:
        """Return the same kind with another class: a control beside a policy, for example.

        Args:
            name: Name of the world in journals and messages.
            opens: Opens it.
        """
        return replace(self, name=name, doc=_doc(opens, name), open=opens)


def world(
    name: str,
    *,
    domain: str | Path,
    scene: str | Path,
    skills: Iterable[SkillDefinition] = (),
    is_virtual: bool = False,
    robot: EmbodimentSpec | None = None,
    presets: Mapping[str, str] | None = None,
) -> Callable[[Callable[[WorldContext], World]], WorldKind]:
    """Return a decorator that makes a `WorldKind` of a class or function.

    The class is called with a `WorldContext` and returns the opened world; name it in
    ``treehand.yaml`` as ``world: my_world.py:Bench``, or as an entry point of the group
    ``treehand.worlds``.

    Args:
        name: Name of the world in journals and messages.
        domain: Its domain file; a relative path starts at the folder of the decorated code.
        scene: Its scene file, likewise.
        skills: Skills that it brings.
        is_virtual: True if it can run in virtual time and ends with the process.
        robot: Declaration of its robot, so that bound policies are checked with the file.
        presets: Presets for domain randomization, each with a description; the one of a run is
            `WorldContext.randomize`.

    Raises:
        ContractError: If the name is no text or empty, or a skill is no `SkillDefinition`.
    """
    folder = Path(sys._getframe(1).f_code.co_filename).parent
    brought = _skills_of(name, skills)

    def define(opens: Callable[[WorldContext], World]) -> WorldKind:
        return WorldKind(
            name=name,
            doc=_doc(opens, name),
            open=opens,
            skills=brought,
            domain=folder / domain,
            scene=folder / scene,
            is_virtual=is_virtual,
            robot=robot,
            presets=dict(presets or {}),
        )

    return define


def _skills_of(name: object, skills: object) -> tuple[SkillDefinition, ...]:
    """Return the skills that a decorator was given; raise `ContractError` if something is wrong."""
    if not isinstance(name, str) or not name.strip():
        raise ContractError(
            f"wrong-world: a world's name is a text, and its name is {shown(name)}\n"
            '  hint: write: @world("bench", domain=…, scene=…)'
        )
    problem = f"is a {type(skills).__name__}"
    if isinstance(skills, Iterable):
        found = tuple(skills)
        strange = [one for one in found if not isinstance(one, SkillDefinition)]
        if not strange:
            return found
        problem = f"holds a {type(strange[0]).__name__}"
    raise ContractError(
        f"wrong-world: 'skills' of world '{name}' {problem}\n"
        "  hint: write: skills=[move], with functions that @skill(…) decorates"
    )


def _doc(opens: Callable[[WorldContext], World], name: str) -> str:
    return (inspect.getdoc(opens) or name).splitlines()[0]
