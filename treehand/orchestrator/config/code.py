"""Access to the Python code that a deployment names: imported, or only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal, NoReturn, Protocol

from treehand.core.errors import ContractError, Finding, InputError
from treehand.core.source.declarations import (
    Declaration,
    Decorator,
    declaration_at,
    read_source,
    source_path,
)
from treehand.core.source.whole_class import find_declaration, whole_class
from treehand.orchestrator.config.class_contracts import (
    function_findings,
    skill_findings,
    world_findings,
)
from treehand.planners import PlanningMethod
from treehand.planners.custom import (
    PLANNERS_ENTRY_POINTS,
    PlannerDefinition,
    installed_planner,
    load_planner,
)
from treehand.skills import (
    ENTRY_POINTS,
    Skill,
    SkillCatalog,
    SkillContext,
    SkillDefinition,
    load_definition,
    load_function,
)
from treehand.skills.signatures import SKILL_DECORATORS, declared_skill
from treehand.worlds import WorldKind, find_world
from treehand.worlds.declared import DeclaredWorld
from treehand.worlds.registry import WORLD_MEMBERS

WORLD_DECORATORS = (
    "treehand.world",
    "treehand.worlds.world",
    "treehand.worlds.definition.world",
)
PLANNER_DECORATORS = ("treehand.planner", "treehand.planners.custom.planner")


@dataclass(frozen=True)
class NotLoaded:
    """Code or a language model that a deployment names, and that a command did not use."""

    what: Literal["world", "planner", "skill", "function", "language model"]
    reference: str
    """``file.py:NAME`` or ``module:NAME``; of a language model its name and place."""

    def __str__(self) -> str:
        done = "asked" if self.what == "language model" else "loaded"
        return f"{self.what} {self.reference} not {done} (--load)"


class Code(Protocol):
    """Access to the code of a deployment: `ImportedCode` or `DeclaredCode`."""

    not_loaded: list[NotLoaded]
    """Code that was asked for and not imported."""

    def world(self, name: str, folder: Path, *, has_files: bool) -> WorldKind:
        """Return the world of a name or reference; see `find_world`.

        Args:
            name: Name or reference.
            folder: Folder that a file's path starts at.
            has_files: True if domain and scene are given elsewhere.
        """
        ...

    def installed_skills(self) -> SkillCatalog:
        """Return the skills of installed packages."""
        ...

    def skill(self, reference: str, name: str, folder: Path) -> SkillDefinition:
        """Return the skill at a reference, under a name; see `load_definition`."""
        ...

    def function(self, reference: str, folder: Path) -> Callable[..., Any]:
        """Return the callable at a reference; see `load_function`."""
        ...

    def planner(self, reference: str, folder: Path) -> PlanningMethod | PlannerDefinition | None:
        """Return the planner of a reference or name; None if no package brings one of that name."""
        ...


class ImportedCode:
    """Imports what a deployment names, for commands that run it."""

    def __init__(self) -> None:
        self.not_loaded: list[NotLoaded] = []

    def world(self, name: str, folder: Path, *, has_files: bool) -> WorldKind:
        """Return the world, imported."""
        return find_world(name, folder=folder)

    def installed_skills(self) -> SkillCatalog:
        """Return the skills of installed packages, imported."""
        return SkillCatalog.from_entry_points()

    def skill(self, reference: str, name: str, folder: Path) -> SkillDefinition:
        """Return the skill, imported."""
        return load_definition(reference, name=name, folder=folder)

    def function(self, reference: str, folder: Path) -> Callable[..., Any]:
        """Return the callable, imported."""
        return load_function(reference, folder=folder)

    def planner(self, reference: str, folder: Path) -> PlanningMethod | PlannerDefinition | None:
        """Return the planner, imported."""
        if ":" not in reference:
            return installed_planner(reference)
        return load_planner(reference, folder)


class DeclaredCode:
    """Reads the source of what a deployment names, for commands that only read; imports nothing.

    Only an installed package's world that is named is loaded. Stand-ins take the place of the rest:
    a world of the scene's start facts, our own planner, skills and functions that raise when used.
    """

    def __init__(self) -> None:
        self.not_loaded: list[NotLoaded] = []
        self.world_skills: list[Declaration] = []
        """Skills that the source of the world names in its ``@world(skills=[…])``."""

    def world(self, name: str, folder: Path, *, has_files: bool) -> WorldKind:
        """Return a stand-in for the world, with what its ``@world(…)`` says in literals."""
        if ":" not in name:
            return find_world(name, folder=folder)
        found = declaration_at(name, folder, missing="not-a-world")
        self.not_loaded.append(NotLoaded("world", name))
        decorator = found.decorated_by(*WORLD_DECORATORS) if found else None
        is_bare = found is not None and found.is_known and not found.decorators
        if is_bare or (found is not None and found.is_other_part("world")):
            hint = "decorate the class with @world(…)"
            raise InputError.of("not-a-world", f"'{name}' is not a world", hint=hint)
        if found is not None and decorator is not None:
            _require_members(found)
            brought = list(_skills_of(found, decorator))
            findings = [finding for one in brought for finding in skill_findings(one)]
            if findings:
                raise InputError(findings)
            self.world_skills += [one for one in brought if one.decorated_by(*SKILL_DECORATORS)]
        values = decorator.values if decorator is not None else {}
        files = [values.get("domain"), values.get("scene")]
        named = [one for one in files if isinstance(one, str)]
        if found is None or (len(named) < len(files) and not has_files):
            message = f"the source of '{name}' does not tell the world's domain and scene"
            hint = "write them as texts in @world(…), name both in treehand.yaml, or give --load"
            raise InputError.of("unread-world", message, hint=hint)
        home = Path(found.span.file).parent
        domain, scene = (home / one if isinstance(one, str) else home for one in files)
        own_name = values.get(0, values.get("name"))
        return WorldKind(
            name=own_name if isinstance(own_name, str) else found.name,
            doc=found.doc.partition("\n")[0],
            open=DeclaredWorld,
            skills=(),
            domain=domain,
            scene=scene,
            is_virtual=True,
        )

    def installed_skills(self) -> SkillCatalog:
        """Return the skills that the sources of installed packages declare."""
        found = [one for entry in entry_points(group=ENTRY_POINTS) for one in _declared_in(entry)]
        return SkillCatalog(dict.fromkeys(found))

    def skill(self, reference: str, name: str, folder: Path) -> SkillDefinition:
        """Return the skill as its source declares it; it cannot be started."""
        found = declaration_at(reference, folder, missing="not-a-skill")
        self.not_loaded.append(NotLoaded("skill", reference))
        findings = list(skill_findings(found)) if found is not None else []
        if found is not None and found.is_other_part("skill"):
            message, hint = f"'{reference}' is not a function with @skill", "name another one"
            findings.append(Finding("not-a-skill", message, hint=hint))
        if findings:
            raise InputError(findings)
        if found is not None and found.of_class is not None and not found.decorators:
            return SkillDefinition(name, refuse_skill, doc=found.doc)
        world, doc = declared_skill(found, reference) if found is not None else (None, "")
        return SkillDefinition(name, refuse_skill, world, doc)

    def function(self, reference: str, folder: Path) -> Callable[..., Any]:
        """Return a function that raises, if there is one of that name."""
        found = declaration_at(reference, folder, missing="not-a-function")
        self.not_loaded.append(NotLoaded("function", reference))
        if found is not None and found.is_known and found.is_literal:
            raise InputError.of("not-a-function", f"'{reference}' cannot be called")
        return _refuse

    def planner(self, reference: str, folder: Path) -> PlanningMethod | PlannerDefinition | None:
        """Return our own planner, if there is a planner of that name."""
        if ":" not in reference:
            names = {entry.name for entry in entry_points(group=PLANNERS_ENTRY_POINTS)}
            if reference not in names:
                return None
            self.not_loaded.append(NotLoaded("planner", reference))
            return "any"
        found = declaration_at(reference, folder, missing="not-a-planner")
        self.not_loaded.append(NotLoaded("planner", reference))
        is_bare = found is not None and found.is_known and not found.decorators
        if is_bare or (found is not None and found.is_other_part("planner")):
            hint = "decorate it with @planner(…)"
            raise InputError.of("not-a-planner", f"'{reference}' is not a planner", hint=hint)
        return "any"


def _require_members(found: Declaration) -> None:
    """Raise `InputError` if the source shows that a world breaks its contract."""
    findings = list(function_findings(found, ("context",), "wrong-world", "a world"))
    if found.of_class is not None:
        own = whole_class(found.of_class, read_source(Path(found.span.file)))
        findings += world_findings(own, WORLD_MEMBERS)
    if findings:
        raise InputError(findings)


def _skills_of(world: Declaration, decorator: Decorator) -> Iterator[Declaration]:
    """Yield the declarations of the skills that a world brings, as far as they are found."""
    home = read_source(Path(world.span.file))
    for name in decorator.lists.get("skills", ()):
        found = find_declaration(name, home) if name else None
        if found is not None:
            yield found[0]


def playing(kind: WorldKind, named: str, folder: Path) -> WorldKind:
    """Return a world that plays any domain with the domain and the scene of another world.

    The code of that one is read, not imported: its drivers need not be installed.

    Args:
        kind: The world that plays any domain.
        named: The other world, as ``treehand.yaml`` names it.
        folder: Folder that a file's path starts at.

    Raises:
        InputError: If there is no such world, or its source does not tell them.
    """
    own = DeclaredCode().world(named, folder, has_files=False)
    return replace(kind, domain=own.domain, scene=own.scene)


def worlds_in(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield the worlds that the Python files of a folder declare; nothing is imported.

    Each is its reference, its description, and True if it can run in virtual time.
    """
    for path in sorted(folder.glob("*.py")):
        try:
            source = read_source(path, path.name)
        except InputError:
            continue  # no Python, or not readable: it is no world that could be named
        for name, found in source.declarations.items() if source is not None else ():
            decorator = found.decorated_by(*WORLD_DECORATORS)
            if decorator is not None:
                is_virtual = decorator.values.get("is_virtual") is True
                yield f"{path.name}:{name}", found.doc.partition("\n")[0], is_virtual


def declared_files(world: str, folder: Path) -> tuple[Path | None, Path | None]:
    """Return the domain and the scene that the source of ``file.py:NAME`` names in literals.

    Both are None for other worlds, and where the source does not tell; nothing is imported.
    """
    values, home = _declared_values(world, folder)
    domain, scene = (values.get(key) for key in ("domain", "scene"))
    return (
        home / domain if isinstance(domain, str) else None,
        home / scene if isinstance(scene, str) else None,
    )


def declared_real_world(world: str, folder: Path) -> str | None:
    """Return the name of a world if it is a real one, without importing a file bound by path.

    It is None for a simulated world, and where the source does not tell.

    Args:
        world: Name of a world, ``file.py:NAME`` or ``module:NAME``.
        folder: Folder that a file's path starts at.

    Raises:
        InputError: If there is no such world.
    """
    if ":" not in world:
        kind = find_world(world)
        return None if kind.is_virtual else kind.name
    values, _ = _declared_values(world, folder)
    name = values.get(0, values.get("name"))
    return name if isinstance(name, str) and values.get("is_virtual") is not True else None


def _declared_values(world: str, folder: Path) -> tuple[Mapping[str | int, object], Path]:
    """Return the literals of a world's ``@world(…)`` and the folder of its file."""
    try:
        found = declaration_at(world, folder) if ":" in world else None
    except InputError:
        found = None
    decorator = found.decorated_by(*WORLD_DECORATORS) if found else None
    if found is None or decorator is None:
        return {}, folder
    return decorator.values, Path(found.span.file).parent


def _declared_in(entry: EntryPoint) -> list[SkillDefinition]:
    """Return the skills that an entry point leads to; one of its name if the source tells none."""
    unknown = [SkillDefinition(entry.name, refuse_skill)]
    try:
        path = source_path(entry.module, Path())
        source = read_source(path, entry.module) if path is not None else None
    except InputError:
        return unknown
    if source is None:
        return unknown
    held = [one for one in source.declarations.values() if not entry.attr or entry.attr == one.name]
    skills = [one for one in map(_declared, held) if one is not None]
    return skills or unknown


def _declared(declaration: Declaration) -> SkillDefinition | None:
    decorator = declaration.decorated_by(*SKILL_DECORATORS)
    name = decorator.values.get(0, decorator.values.get("name")) if decorator else None
    if decorator is None or not isinstance(name, str):
        return None
    world = decorator.values.get("world")
    return SkillDefinition(name, refuse_skill, world if isinstance(world, str) else None)


def _refuse(*_: object, **__: object) -> NoReturn:
    message = "unread-code: this command reads the code of a deployment and does not run it"
    raise ContractError(f"{message}\n  hint: give --load")


def refuse_skill(context: SkillContext) -> Skill:
    """Raise `ContractError`: the skill's code was only read."""
    _refuse()
