"""Which skill implementation serves which name in which world.

A value that is passed, never a global.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from treehand.core.clock import Clock
from treehand.core.errors import InputError, near
from treehand.core.keyed_random import KeyedRandom
from treehand.skills.domain import Call, Facts, Value
from treehand.skills.contracts.embodiment import Embodiment
from treehand.skills.contracts.skill import Skill
from treehand.skills.contracts.definition import SkillDefinition
from treehand.core.plugins import load_entry_point, load_reference

ENTRY_POINTS = "treehand.skills"
"""Entry-point group for skills that other packages bring."""








class SkillCatalog:
    """An immutable set of skill definitions.

    Args:
        definitions: What it holds.

    Raises:
        InputError: If two definitions have the same name and world.
    """

    def __init__(self, definitions: Iterable[SkillDefinition] = ()) -> None:
        found: dict[tuple[str, str | None], SkillDefinition] = {}
        for definition in definitions:
            key = (definition.name, definition.world)
            if key in found:
                where = f" for world '{definition.world}'" if definition.world else ""
                raise InputError.of(
                    "duplicate-skill",
                    f"skill '{definition.name}' is defined twice{where}",
                    hint="say which one under 'bindings:' in treehand.yaml",
                )
            found[key] = definition
        self._definitions: Mapping[tuple[str, str | None], SkillDefinition] = MappingProxyType(
            found
        )

    @classmethod
    def from_entry_points(cls, group: str = ENTRY_POINTS) -> SkillCatalog:
        """Return the skills of all installed packages.

        Each entry point names a definition or a module of them.
        """
        definitions: list[SkillDefinition] = []
        for entry in entry_points(group=group):
            loaded = load_entry_point(entry)
            if isinstance(loaded, SkillDefinition):
                definitions.append(loaded)
            elif isinstance(loaded, ModuleType):
                definitions.extend(definitions_in(loaded))
            else:
                message = f"entry point '{entry.name}' is neither a skill nor a module of skills"
                raise InputError.of("broken-plugin", message, hint="decorate it with @skill")
        return cls(definitions)

    def with_skill(self, *definitions: SkillDefinition) -> SkillCatalog:
        """Return a catalog that has these too; a duplicate is an error and changes nothing."""
        return SkillCatalog((*self._definitions.values(), *definitions))

    def rebound(self, *definitions: SkillDefinition) -> SkillCatalog:
        """Return a catalog in which these stand in for whatever had their names."""
        names = {definition.name for definition in definitions}
        kept = [held for held in self._definitions.values() if held.name not in names]
        return SkillCatalog((*kept, *definitions))

    def find(self, name: str, world: str) -> SkillDefinition | None:
        """Return the definition that serves `name` in `world`, or None."""
        return self._definitions.get((name, world)) or self._definitions.get((name, None))

    def names(self, world: str) -> tuple[str, ...]:
        """Return the names that can be called in `world`, sorted."""
        return tuple(sorted({name for name, of in self._definitions if of in (None, world)}))




def definitions_in(module: ModuleType) -> list[SkillDefinition]:
    """Return the skill definitions at the top of a module, in their order."""
    return [value for value in vars(module).values() if isinstance(value, SkillDefinition)]


def load_definition(reference: str, *, name: str, folder: Path) -> SkillDefinition:
    """Return the skill that ``module:function`` or ``file.py:function`` names, under `name`.

    Args:
        reference: Where it is; a file is looked up beside `folder`.
        name: The skill that it is to serve.
        folder: Folder of the file that holds the reference.

    Raises:
        InputError: If it cannot be imported or is not a skill.
    """
    module, attribute = load_reference(reference, folder)
    value = getattr(module, attribute, None)
    if not isinstance(value, SkillDefinition):
        known = [key for key, item in vars(module).items() if isinstance(item, SkillDefinition)]
        hint = near(attribute, known, what=f"skills in '{reference.partition(':')[0]}'")
        raise InputError.of(
            "not-a-skill", f"'{reference}' is not a function with @skill", hint=hint
        )
    return SkillDefinition(name, value.factory, value.world, value.doc)






