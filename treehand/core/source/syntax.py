"""Parts of Python's syntax tree: parameters, bound names, and dotted names."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
"""Parts that have names of their own."""
_MISSING = inspect.Parameter.empty


def signature_of(arguments: ast.arguments) -> inspect.Signature:
    """Return the signature of a function's written parameters; defaults are placeholders."""
    kind = inspect.Parameter
    found: list[inspect.Parameter] = []
    plain = [*arguments.posonlyargs, *arguments.args]
    for number, one in enumerate(plain):
        how = (
            kind.POSITIONAL_ONLY
            if number < len(arguments.posonlyargs)
            else kind.POSITIONAL_OR_KEYWORD
        )
        has_default = number >= len(plain) - len(arguments.defaults)
        found.append(inspect.Parameter(one.arg, how, default=... if has_default else _MISSING))
    if arguments.vararg is not None:
        found.append(inspect.Parameter(arguments.vararg.arg, kind.VAR_POSITIONAL))
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        value = ... if default is not None else _MISSING
        found.append(inspect.Parameter(one.arg, kind.KEYWORD_ONLY, default=value))
    if arguments.kwarg is not None:
        found.append(inspect.Parameter(arguments.kwarg.arg, kind.VAR_KEYWORD))
    return inspect.Signature(found)


def bound_names(part: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement itself binds, not the statements inside it."""
    stack: list[ast.AST] = [part]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name is not None:
            yield node.name
        children = ast.iter_child_nodes(node)
        stack.extend(child for child in children if not isinstance(child, ast.stmt | Scope))


def dotted_name(node: ast.expr, imported: Mapping[str, str]) -> str:
    """Return the whole name of ``a.b.c`` after imports are followed; empty if it is none.

    Args:
        node: The expression.
        imported: Name in the file to the whole name that it was imported from.
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([imported.get(node.id, node.id), *reversed(parts)])
