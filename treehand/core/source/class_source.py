"""Classes of a Python file, read from its source: their members and their base classes."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from treehand.core.source.syntax import bound_names, dotted_name, signature_of
from treehand.core.spans import Span

_PROTOCOLS = ("typing.Protocol", "typing_extensions.Protocol")
_HARMLESS = (
    *("dataclass", "dataclasses.dataclass", "functools.total_ordering", "typing.final"),
    *("typing.runtime_checkable",),
)
"""Decorators that leave the members of a class what they are."""
_DATACLASS = ("dataclass", "dataclasses.dataclass")
_PROPERTY = ("property", "functools.cached_property", "abc.abstractproperty")
_ABSTRACT = ("abc.abstractmethod", "abc.abstractproperty")
_PLAIN = ("typing.override", "typing_extensions.override", "typing.final", *_ABSTRACT)
_OPEN = frozenset({"__getattr__", "__getattribute__", "__dict__", "setattr", "vars"})
"""Names by which a class may get members that the source does not show."""


@dataclass(frozen=True)
class ClassMember:
    """One member of a class, as far as its source tells it."""

    name: str
    span: Span
    owner: str
    """Name of the class that has it."""
    kind: Literal["method", "async", "property", "value"]
    signature: inspect.Signature | None = None
    """Parameters of a method after the object; None where the source does not tell."""
    is_stub: bool = False
    """True if it is declared only: abstract, or without a body in a protocol."""
    made_by: str = ""
    """Whole name of the only class that makes the value; or ``self.NAME``, another member."""


@dataclass(frozen=True)
class ClassSource:
    """A class of one file, without what it inherits."""

    name: str
    span: Span
    bases: tuple[str, ...]
    """Whole names of its base classes; empty where the source does not tell one."""
    members: Mapping[str, ClassMember]
    is_open: bool
    """True if it may have members that the source does not show."""
    is_decorated: bool
    """True if a decorator may make something else of it."""


def read_class(part: ast.ClassDef, file: str, imported: Mapping[str, str]) -> ClassSource:
    """Return a class.

    Args:
        part: Its definition.
        file: File that it stands in, for positions.
        imported: Name in the file to the whole name that it was imported from.
    """
    return _ClassReader(part, file, imported).read()


class _ClassReader:
    def __init__(self, part: ast.ClassDef, file: str, imported: Mapping[str, str]) -> None:
        self._part = part
        self._file = file
        self._imported = imported
        self._members: dict[str, ClassMember] = {}
        self._decorators = [self._named(one) for one in part.decorator_list]

    def read(self) -> ClassSource:
        part = self._part
        bases = tuple(self._base(one) for one in part.bases)
        is_protocol = any(one in _PROTOCOLS for one in bases)
        for one in part.body:
            self._take(one, is_protocol=is_protocol)
        for name, made_by, at in self._stores():
            self._add_value(name, at, made_by)
        names = {getattr(one, "attr", getattr(one, "id", "")) for one in ast.walk(part)}
        metaclasses = [self._named(one.value) for one in part.keywords if one.arg == "metaclass"]
        is_open = bool((names | set(self._members)) & _OPEN)
        is_open = is_open or any(one != "abc.ABCMeta" for one in metaclasses)
        is_decorated = any(one not in _HARMLESS for one in self._decorators)
        members = self._members
        return ClassSource(part.name, self._span(part), bases, members, is_open, is_decorated)

    def _take(self, one: ast.stmt, *, is_protocol: bool) -> None:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            self._members[one.name] = self._method(one, is_protocol=is_protocol)
        elif isinstance(one, ast.ClassDef):
            self._add_value(one.name, one)
        elif isinstance(one, ast.Import | ast.ImportFrom):
            for alias in one.names:
                self._add_value(alias.asname or alias.name.partition(".")[0], one)
        elif isinstance(one, ast.AnnAssign) and one.value is None:
            if isinstance(one.target, ast.Name) and set(self._decorators) & {*_DATACLASS}:
                self._add_value(one.target.id, one)
        elif isinstance(one, ast.Assign | ast.AnnAssign):
            for target, value in _pairs(one):
                if isinstance(target, ast.Name):
                    self._add_value(target.id, one, self._maker(value, {}))
        else:
            for block in [one, *(n for n in ast.walk(one) if isinstance(n, ast.stmt))]:
                names = {block.name} if isinstance(block, _DEFINITIONS) else bound_names(block)
                for name in names:
                    self._add_value(name, block)

    def _method(
        self, one: ast.FunctionDef | ast.AsyncFunctionDef, *, is_protocol: bool
    ) -> ClassMember:
        names = [self._named(mark) for mark in one.decorator_list]
        is_static = "staticmethod" in names
        rest = [n for n in names if n not in (*_PLAIN, "staticmethod", "classmethod")]
        kind: Literal["method", "async", "property", "value"] = "method"
        if any(n in _PROPERTY or n.endswith((".setter", ".getter", ".deleter")) for n in rest):
            kind = "property"
        elif rest:
            kind = "value"
        elif isinstance(one, ast.AsyncFunctionDef):
            kind = "async"
        written = signature_of(one.args)
        signature = written if is_static else _without_first(written)
        is_stub = any(n in _ABSTRACT for n in names) or (is_protocol and _is_empty(one.body))
        return ClassMember(
            one.name,
            self._span(one),
            self._part.name,
            kind,
            signature if kind in ("method", "async") else None,
            is_stub,
            self._returned(one) if kind == "property" else "",
        )

    def _returned(self, one: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        """Return the maker of what a property returns, if it has one ``return``."""
        found = [node.value for node in ast.walk(one) if isinstance(node, ast.Return)]
        return self._maker(found[0], {}) if len(found) == 1 and found[0] is not None else ""

    def _stores(self) -> Iterator[tuple[str, str, ast.stmt]]:
        """Yield each attribute that a method sets, with the class that makes its value."""
        for function in self._part.body:
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            known: dict[str, str] = {}
            for part in ast.walk(function):
                if isinstance(part, ast.Assign | ast.AnnAssign):
                    for target, value in _pairs(part):
                        made_by = self._maker(value, known)
                        if isinstance(target, ast.Name):
                            known[target.id] = "" if target.id in known else made_by
                        elif isinstance(target, ast.Attribute) and not _is_bare(part):
                            yield target.attr, made_by, part
            for part in ast.walk(function):
                match part:
                    case ast.Attribute(attr=name, ctx=ast.Store()) if name not in self._members:
                        yield name, "", function

    def _maker(self, value: ast.expr | None, known: Mapping[str, str]) -> str:
        """Return the whole name of what makes a value: ``arm.Arm``; ``self.x`` of a member."""
        if isinstance(value, ast.Call):
            return self._named(value)
        if isinstance(value, ast.Name):
            return known.get(value.id, "")
        name = dotted_name(value, {}) if isinstance(value, ast.Attribute) else ""
        return name if name.startswith("self.") and name.count(".") == 1 else ""

    def _add_value(self, name: str, at: ast.stmt, made_by: str = "") -> None:
        old = self._members.get(name)
        if old is not None and old.kind != "value":
            return  # a method that an object may replace, or the store of a property
        if old is not None:
            self._members[name] = replace(old, made_by=made_by if old.made_by == made_by else "")
            return
        span = self._span(at)
        self._members[name] = ClassMember(name, span, self._part.name, "value", made_by=made_by)

    def _base(self, node: ast.expr) -> str:
        return self._named(node.value if isinstance(node, ast.Subscript) else node)

    def _named(self, node: ast.expr) -> str:
        return dotted_name(node.func if isinstance(node, ast.Call) else node, self._imported)

    def _span(self, part: ast.stmt) -> Span:
        return Span(self._file, part.lineno, part.col_offset + 1)


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _pairs(part: ast.Assign | ast.AnnAssign) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Yield each target of an assignment with its value; None where they do not pair."""
    targets = part.targets if isinstance(part, ast.Assign) else [part.target]
    for target in targets:
        if not isinstance(target, ast.Tuple | ast.List):
            yield target, part.value
            continue
        values = getattr(part.value, "elts", ())
        is_paired = len(values) == len(target.elts)
        for number, one in enumerate(target.elts):
            yield one, values[number] if is_paired else None


def _is_bare(part: ast.Assign | ast.AnnAssign) -> bool:
    """Return True for an annotation that sets nothing."""
    return isinstance(part, ast.AnnAssign) and part.value is None


def _without_first(signature: inspect.Signature) -> inspect.Signature | None:
    """Return the parameters after the object; None if there is none for the object."""
    given = list(signature.parameters.values())
    if given and given[0].kind is inspect.Parameter.VAR_POSITIONAL:
        return signature
    if not given or given[0].kind is inspect.Parameter.KEYWORD_ONLY:
        return None
    return signature.replace(parameters=given[1:])


def _is_empty(body: list[ast.stmt]) -> bool:
    """Return True if a body is a docstring, ``...`` or ``pass`` only."""
    return all(
        isinstance(one, ast.Pass)
        or (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
        for one in body
    )
