"""Reader, person and listeners of a user's own, which a deployment names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from treehand.core.error_record import place_of_class, raise_plugin_error
from treehand.core.errors import InputError, near
from treehand.core.plugins import load_entry_point
from treehand.core.source.declarations import declaration_at
from treehand.core.spans import Span
from treehand.core.text.outside_values import shown
from treehand.orchestrator.config.class_contracts import Contract, part_findings
from treehand.orchestrator.config.code import Code, DeclaredCode, NotLoaded
from treehand.orchestrator.config.world_choice import told_at
from treehand.orchestrator.people.person import Person
from treehand.skills.domain import Domain, Scene

GROUPS: Mapping[str, str] = {
    "reader": "treehand.readers",
    "person": "treehand.persons",
    "listeners": "treehand.listeners",
}
"""Key of ``treehand.yaml`` to the entry-point group of packages that bring one."""
_CALLED_WITH: Mapping[str, tuple[str, ...]] = {
    "reader": ("domain", "scene"),
    "person": (),
    "listeners": ("event",),
}
"""Key of ``treehand.yaml`` to the arguments that its part is called with."""
READER_METHODS = ("interpret", "answered")
"""Methods of a goal reader."""
_METHODS: Mapping[str, Contract] = {
    "reader": {"interpret": ("text", "facts"), "answered": ("question", "answer", "facts")},
    "person": {"ask": ("question",)},
    "listeners": {},
}
"""Key of ``treehand.yaml`` to the methods of what its part makes, with their arguments."""


@dataclass(frozen=True)
class PluggedParts:
    """Parts of a user's own; None or nothing where the deployment names none."""

    reader: Callable[..., Any] | None = None
    """Called with domain and scene; gives a goal reader."""
    person: Callable[..., Any] | None = None
    """Called without arguments; gives the person who answers where no terminal is."""
    listeners: tuple[Callable[..., Any], ...] = ()
    """Functions that get each event of a run after it is journalled."""
    named: Mapping[str, tuple[str, Span | None]] = field(default_factory=dict)
    """Key to its reference and the place of that, for messages."""

    @classmethod
    def load(
        cls, named: Mapping[str, Sequence[tuple[str, Span | None]]], folder: Path, code: Code
    ) -> PluggedParts:
        """Return the parts that references name; code that is only read gives none.

        Args:
            named: Key to its references, each with its place.
            folder: Folder that a file's path starts at.
            code: Imports or reads the code.

        Raises:
            InputError: If one does not lead to something that can be called.
        """
        found = {key: _found(key, references, folder, code) for key, references in named.items()}
        return cls(
            reader=next(iter(found["reader"]), None),
            person=next(iter(found["person"]), None),
            listeners=tuple(found["listeners"]),
            named={key: references[0] for key, references in named.items() if references},
        )

    def own_person(self) -> Person | None:
        """Return the person; None if the deployment names none.

        Raises:
            PluginError: If its code raises.
            InputError: If what it gives has no ``ask``.
        """
        if self.person is None:
            return None
        person: Person = self._made("person", self.person, ("ask",))
        return person

    def own_reader(self, domain: Domain, scene: Scene) -> Any:
        """Return the goal reader, which has `READER_METHODS`; None if there is none of its own.

        Raises:
            PluginError: If its code raises.
            InputError: If it lacks a method.
        """
        if self.reader is None:
            return None
        return self._made("reader", self.reader, READER_METHODS, domain, scene)

    def _made(
        self, key: str, factory: Callable[..., Any], methods: Sequence[str], *arguments: object
    ) -> Any:
        name, span = self.named[key]
        try:
            made = factory(*arguments)
        except BaseException as error:  # a `sys.exit` of other people's code, too
            raise_plugin_error(f"{key} '{name}'", error)
        missing = [name for name in methods if not callable(getattr(made, name, None))]
        if missing:
            place = place_of_class(type(made))
            given = f"an object of the class at {place}" if place else shown(made)
            lacks = ", no ".join(f"{method}()" for method in missing)
            message = f"'{name}' gives {given}, which has no {lacks}"
            hint = f"a {key} has {', '.join(f'{method}()' for method in methods)}"
            raise InputError.of(f"wrong-{key}", message, span=span, hint=hint)
        return made


def _found(
    key: str, references: Sequence[tuple[str, Span | None]], folder: Path, code: Code
) -> list[Callable[..., Any]]:
    found = []
    for reference, span in references:
        with told_at(span):
            if ":" in reference:
                function = code.function(reference, folder)
                if isinstance(code, DeclaredCode):
                    _require_declared(key, reference, folder)
            elif isinstance(code, DeclaredCode):
                _entry(key, reference)
                code.not_loaded.append(NotLoaded("function", reference))
                continue
            else:
                function = _installed(key, reference)
            if all(one.reference != reference for one in code.not_loaded):
                _require_takes(key, reference, function)
                found.append(function)
    return found


def _require_declared(key: str, reference: str, folder: Path) -> None:
    """Raise `InputError` if the source of a part shows that it breaks its contract."""
    found = declaration_at(reference, folder)
    if found is not None:
        part = key.removesuffix("s")
        findings = list(part_findings(found, _CALLED_WITH[key], _METHODS[key], part))
        if findings:
            raise InputError(findings)


def _require_takes(key: str, reference: str, function: Callable[..., Any]) -> None:
    """Raise `InputError` if a part cannot be called with its arguments."""
    arguments = _CALLED_WITH[key]
    if inspect.iscoroutinefunction(function):
        part = key.removesuffix("s")
        message = f"'{reference}' is async, and a {part} is called without await"
        raise InputError.of(f"wrong-{part}", message, hint="write def in place of async def")
    try:
        inspect.signature(function).bind(*arguments)
    except ValueError:
        return  # a callable of C does not tell
    except TypeError as error:
        given = " and ".join(arguments) if arguments else "nothing"
        part = key.removesuffix("s")
        message = f"'{reference}' cannot be called with {given}, as a {part} is: {error}"
        hint = (
            "a reader is a class or function of domain and scene, a person of nothing, a listener"
        )
        raise InputError.of(
            f"wrong-{part}", message, hint=f"{hint} a function of one event"
        ) from None


def _entry(key: str, name: str) -> EntryPoint:
    """Return the entry point of a name; raises `InputError` if no installed package brings one."""
    entries = {entry.name: entry for entry in entry_points(group=GROUPS[key])}
    if name not in entries:
        part = key.removesuffix("s")
        hint = near(name, entries, what="installed ones") + " (or file.py:NAME)"
        if name.endswith(".py"):
            hint = f"write {name}:NAME, with the name of a class or function"
        raise InputError.of(f"unknown-{part}", f"unknown {part} '{name}'", hint=hint)
    return entries[name]


def _installed(key: str, name: str) -> Callable[..., Any]:
    """Return the part of a name that an installed package brings."""
    loaded = load_entry_point(_entry(key, name))
    if not callable(loaded):
        raise InputError.of("broken-plugin", f"entry point '{name}' cannot be called")
    function: Callable[..., Any] = loaded
    return function
