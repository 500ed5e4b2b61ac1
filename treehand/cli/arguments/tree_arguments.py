"""``--with NAME=OBJECT``: what a tree's parameters are on the command line."""

from __future__ import annotations

from collections.abc import Sequence

from treehand.core.errors import InputError


def tree_arguments(texts: Sequence[str]) -> dict[str, str]:
    """Return parameters and their values; raises `InputError`."""
    arguments: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            hint = "write --with item=red_mug"
            raise InputError.of("wrong-argument", f"'{text}' is not NAME=OBJECT", hint=hint)
        if name in arguments:
            raise InputError.of("wrong-argument", f"--with {name}=… is given twice")
        arguments[name] = value
    return arguments
