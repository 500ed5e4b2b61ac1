"""Catalog of skill implementations, looked up by skill name and world.

A catalog is a value that is passed on, never a module global.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType

from treehand.core.errors import InputError, near
from treehand.core.plugins import load_entry_point, load_reference, wrong_entry_point
from treehand.skills.contracts.definition import SkillDefinition

_METHODS = ("start", "step", "halt")
ENTRY_POINTS = "treehand.skills"
"""Entry-point group for skills that other packages bring."""


class SkillCatalog:
    """An immutable set of skill definitions, at most one for each name and world.

    Args:
        definitions: The skill definitions.

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
        """Return a catalog of the skills that installed packages declare.

        Args:
            group: Entry-point group; each entry names a `SkillDefinition` or a module that has
                some.

        Raises:
            InputError: If an entry cannot be loaded or names neither, or if two skills clash.
        """
        definitions: list[SkillDefinition] = []
        for entry in entry_points(group=group):
            loaded = load_entry_point(entry)
            if isinstance(loaded, SkillDefinition):
                definitions.append(loaded)
            elif isinstance(loaded, ModuleType):
                definitions.extend(definitions_in(loaded))
            else:
                raise wrong_entry_point(entry, loaded, "a SkillDefinition or a module of them")
        return cls(definitions)

    def with_skill(self, *definitions: SkillDefinition) -> SkillCatalog:
        """Return a catalog with further definitions; this one is unchanged.

        Raises:
            InputError: If a definition's name and world are taken.
        """
        return SkillCatalog((*self._definitions.values(), *definitions))

    def rebound(self, *definitions: SkillDefinition) -> SkillCatalog:
        """Return a catalog in which `definitions` replace every definition of the same names."""
        names = {definition.name for definition in definitions}
        kept = [held for held in self._definitions.values() if held.name not in names]
        return SkillCatalog((*kept, *definitions))

    def find(self, name: str, world: str) -> SkillDefinition | None:
        """Return the definition of `name` made for `world`, else one for every world, or None."""
        return self._definitions.get((name, world)) or self._definitions.get((name, None))

    def names(self, world: str) -> tuple[str, ...]:
        """Return the names of the skills that exist in `world`, sorted."""
        return tuple(sorted({name for name, of in self._definitions if of in (None, world)}))


def definitions_in(module: ModuleType) -> list[SkillDefinition]:
    """Return the skill definitions among a module's globals, in order of definition."""
    return [value for value in vars(module).values() if isinstance(value, SkillDefinition)]


def load_definition(reference: str, *, name: str, folder: Path) -> SkillDefinition:
    """Return the skill at ``module:function`` or ``file.py:function``, renamed to `name`.

    Args:
        reference: Place of the skill; a file path is relative to `folder`.
        name: Name that the returned definition gets.
        folder: Folder of the file that holds the reference.

    Raises:
        InputError: If it cannot be imported or is not a skill.
    """
    module, attribute = load_reference(reference, folder)
    value = getattr(module, attribute, None)
    if isinstance(value, type) and all(callable(getattr(value, one, None)) for one in _METHODS):
        return SkillDefinition(name, value, doc=inspect.cleandoc(value.__doc__ or ""))
    if not isinstance(value, SkillDefinition):
        known = [key for key, item in vars(module).items() if isinstance(item, SkillDefinition)]
        hint = near(attribute, known, what=f"skills in '{reference.partition(':')[0]}'")
        raise InputError.of(
            "not-a-skill", f"'{reference}' is not a function with @skill", hint=hint
        )
    return SkillDefinition(name, value.factory, value.world, value.doc)
