"""Declarations of a Python file, read from its source: nothing of it is imported or run."""

from __future__ import annotations

import ast
import inspect
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.machinery import PathFinder
from pathlib import Path

from treehand.core.errors import InputError, near
from treehand.core.source.class_source import ClassSource, read_class
from treehand.core.source.syntax import Scope, bound_names, dotted_name, signature_of
from treehand.core.spans import Span

MAX_SOURCE_BYTES = 4_000_000
"""Largest Python file that is read."""


@dataclass(frozen=True)
class Decorator:
    """A call in front of a function or class, or one that makes a value.

    ``@skill("pick", world="bench")``; ``pick = SkillDefinition("pick", Pick)``.
    """

    name: str
    """Its whole name after imports are followed: ``treehand.skills.skill``."""
    values: Mapping[str | int, object]
    """Arguments that are literals, by position or keyword."""
    lists: Mapping[str, tuple[str, ...]]
    """Keywords whose value is a list of names, each a whole name."""
    keywords: frozenset[str]
    """Every keyword that is given, literal or not."""
    names: Mapping[str | int, str] = field(default_factory=dict)
    """Arguments that are names, each a whole name."""


@dataclass(frozen=True)
class Declaration:
    """One name at the top level of a Python file, as far as the source tells it."""

    name: str
    span: Span
    decorators: tuple[Decorator, ...] = ()
    signature: inspect.Signature | None = None
    """Parameters of a function; None if it is none."""
    is_generator: bool = False
    """True for a function that yields."""
    is_async: bool = False
    """True for ``async def``."""
    is_known: bool = True
    """False if only running the file would tell what the name holds."""
    is_literal: bool = False
    """True for a text, number, list or mapping, which nothing can call."""
    of_class: ClassSource | None = None
    """The class itself, if it is one."""
    made_by: Decorator | None = None
    """Call whose value the name is given, if that is all that the file says of it."""
    doc: str = ""

    def is_other_part(self, kind: str) -> bool:
        """Return True if our own decorators make something else of it: no ``@world``, say.

        Args:
            kind: Name of the decorator that is wanted: ``world``.
        """
        ours = [one.name for one in self.decorators if one.name.startswith("treehand.")]
        is_all_ours = bool(ours) and len(ours) == len(self.decorators)
        return is_all_ours and all(one.rpartition(".")[2] != kind for one in ours)

    def decorated_by(self, *names: str) -> Decorator | None:
        """Return its only decorator if that is one of `names`, else None."""
        if len(self.decorators) != 1 or self.decorators[0].name not in names:
            return None
        return self.decorators[0]


@dataclass(frozen=True)
class SourceFile:
    """The declarations of one Python file."""

    path: Path
    declarations: Mapping[str, Declaration]
    is_whole: bool
    """False if names may come to be that the source does not show: a star import."""
    imported: Mapping[str, str] = field(default_factory=dict)
    """Name to the whole name that it is imported from; dots in front of a relative one."""

    def find(self, name: str) -> Declaration | None:
        """Return the declaration of a name; one that is not known if it may come to be; or None."""
        found = self.declarations.get(name)
        if found is None and not self.is_whole:
            return Declaration(name, Span(str(self.path), 1, 1), is_known=False)
        return found


def declaration_at(
    reference: str, folder: Path, *, missing: str = "unknown-module"
) -> Declaration | None:
    """Return the declaration that ``file.py:NAME`` or ``module:NAME`` names.

    It is None for a module without Python source.

    Args:
        reference: Place and name.
        folder: Folder that a file's path starts at.
        missing: Code of the finding if there is no such name.

    Raises:
        InputError: If there is no such file or module, it is no Python, or has no such name.
    """
    place, _, name = reference.partition(":")
    path = source_path(place, folder)
    if path is None:
        return None
    source = read_source(path, place)
    found = source.find(name)
    if found is None:
        hint = near(name, source.declarations, what=f"names in '{place}'")
        raise InputError.of(missing, f"'{place}' has no '{name}'", hint=hint)
    return found


def source_path(place: str, folder: Path) -> Path | None:
    """Return the file of ``file.py`` or of a module; None for a module without Python source.

    Raises:
        InputError: If there is none.
    """
    if place.endswith(".py"):
        return folder / place
    search: Sequence[str] | None = None
    origin: str | None = None
    for part in place.split("."):
        spec = PathFinder.find_spec(part, search)
        if spec is None:
            if part in sys.builtin_module_names:
                return None
            raise _unreadable(place, f"No module named '{place}'")
        search, origin = spec.submodule_search_locations or [], spec.origin
    return Path(origin) if origin is not None and origin.endswith(".py") else None


def read_source(path: Path, place: str = "") -> SourceFile:
    """Return the declarations of a Python file.

    Raises:
        InputError: If it cannot be read or is no Python.
    """
    place = place or str(path)
    try:
        if not path.is_file():
            raise no_file(place, path)
        with path.open("rb") as file:
            raw = file.read(MAX_SOURCE_BYTES + 1)
        if len(raw) > MAX_SOURCE_BYTES:
            raise _unreadable(place, f"it is larger than {MAX_SOURCE_BYTES:,} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(raw, filename=str(path))
        return _DeclarationReader(path).read(tree)
    except SyntaxError as error:
        raise no_python(place, error) from error
    except (OSError, ValueError, MemoryError, RecursionError, LookupError) as error:
        raise _unreadable(place, str(error) or type(error).__name__) from error


def no_python(place: str, error: SyntaxError) -> InputError:
    """Return the error of a file that is no Python, with the place of what is wrong in it.

    Args:
        place: File or module as it was named; a module may import the file that is wrong.
        error: The error.
    """
    at = f"{error.filename or place}:{error.lineno or 1}:{error.offset or 1}"
    message = f"cannot import '{place}', which is no Python: {at}: {error.msg}"
    return InputError.of("unknown-module", message, hint="mend that line")


def no_file(place: str, path: Path) -> InputError:
    """Return the error of a Python file that is not there, with those of its folder.

    Args:
        place: File or module as it was named.
        path: The file.
    """
    message = f"cannot import '{place}': there is no file '{path}'"
    beside = [one.name for one in path.parent.glob("*.py")]
    hint = near(path.name, beside, what=f"Python files in '{path.parent}'")
    return InputError.of("unknown-module", message, hint=hint)


def _unreadable(place: str, why: str) -> InputError:
    hint = "write module:function or file.py:function"
    return InputError.of("unknown-module", f"cannot import '{place}': {why}", hint=hint)


class _DeclarationReader:
    """Collects the names that the top level of one file binds; the last binding counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._imported: dict[str, str] = {}
        self._found: dict[str, Declaration] = {}
        self._is_whole = True

    def read(self, tree: ast.Module) -> SourceFile:
        self._statements(tree.body, is_certain=True)
        return SourceFile(self._path, self._found, self._is_whole, self._imported)

    def _statements(self, body: Sequence[ast.stmt], *, is_certain: bool) -> None:
        for part in body:
            match part:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self._definition(part, is_certain=is_certain)
                case ast.Import() | ast.ImportFrom():
                    self._import(part)
                case _:
                    for name in bound_names(part):
                        self._unknown(name, part, is_known=_is_literal(part) and is_certain)
                    self._made(part, is_certain=is_certain)
            if not isinstance(part, Scope):
                for block in ("body", "orelse", "finalbody"):
                    self._statements(getattr(part, block, []), is_certain=False)
                for handler in (*getattr(part, "handlers", ()), *getattr(part, "cases", ())):
                    self._statements(handler.body, is_certain=False)

    def _definition(
        self, part: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, *, is_certain: bool
    ) -> None:
        if part.name == "__getattr__":
            self._is_whole = False
        is_function = isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
        self._found[part.name] = Declaration(
            part.name,
            self._span(part),
            tuple(self._decorator(one) for one in part.decorator_list),
            signature_of(part.args) if is_function else None,  # type: ignore[union-attr]
            isinstance(part, ast.FunctionDef) and _yields(part),
            isinstance(part, ast.AsyncFunctionDef),
            is_certain and part.name not in self._found,
            doc=inspect.cleandoc(ast.get_docstring(part) or ""),
            of_class=(
                read_class(part, str(self._path), self._imported)
                if isinstance(part, ast.ClassDef)
                else None
            ),
        )

    def _import(self, part: ast.Import | ast.ImportFrom) -> None:
        home = ""
        if isinstance(part, ast.ImportFrom):
            home = f"{'.' * part.level}{part.module}." if part.module else "." * part.level
        for alias in part.names:
            if alias.name == "*":
                self._is_whole = False
                continue
            name = alias.asname or alias.name.partition(".")[0]
            self._imported[name] = f"{home}{alias.name}" if alias.asname or home else name
            self._unknown(name, part, is_known=False)

    def _unknown(self, name: str, part: ast.stmt, *, is_known: bool) -> None:
        is_known = is_known and name not in self._found
        self._found[name] = Declaration(
            name, self._span(part), is_known=is_known, is_literal=is_known
        )

    def _made(self, part: ast.stmt, *, is_certain: bool) -> None:
        """Take in the call of ``name = call(…)``."""
        value = part.value if isinstance(part, ast.Assign | ast.AnnAssign) else None
        names = tuple(bound_names(part))
        if is_certain and isinstance(value, ast.Call) and len(names) == 1:
            made_by = self._decorator(value)
            self._found[names[0]] = replace(self._found[names[0]], made_by=made_by)

    def _decorator(self, node: ast.expr) -> Decorator:
        call = node if isinstance(node, ast.Call) else None
        values: dict[str | int, object] = {}
        lists: dict[str, tuple[str, ...]] = {}
        names: dict[str | int, str] = {}
        given: list[tuple[str | int, ast.expr]] = list(enumerate(call.args)) if call else []
        given += [(one.arg, one.value) for one in call.keywords if one.arg] if call else []
        for key, value in given:
            if isinstance(value, ast.Constant):
                values[key] = value.value
            elif isinstance(key, str) and isinstance(value, ast.List | ast.Tuple):
                lists[key] = tuple(dotted_name(one, self._imported) for one in value.elts)
            elif whole := dotted_name(value, self._imported):
                names[key] = whole
        name = dotted_name(call.func if call else node, self._imported)
        keywords = frozenset(key for key, _ in given if isinstance(key, str))
        return Decorator(name, values, lists, keywords, names)

    def _span(self, part: ast.stmt) -> Span:
        return Span(str(self._path), part.lineno, part.col_offset + 1)


def _yields(function: ast.FunctionDef) -> bool:
    """Return True if a function is a generator: it yields outside of the functions within it."""
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, Scope):
            stack.extend(ast.iter_child_nodes(node))
    return False


def _is_literal(part: ast.stmt) -> bool:
    """Return True for the assignment of a literal, which no skill, world or planner is."""
    value = part.value if isinstance(part, ast.Assign | ast.AnnAssign) else None
    return isinstance(value, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set)
