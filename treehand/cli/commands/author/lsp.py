"""``treehand lsp``."""

from __future__ import annotations

from typing import Annotated

import typer

import treehand
from treehand.core.errors import MissingExtra

EXAMPLE = "treehand lsp"


def lsp(
    *,
    stdio: Annotated[
        bool, typer.Option("--stdio", help="The only way there is; editors like to say it.")
    ] = True,
) -> None:
    """Language server for editors.

    Speaks the Language Server Protocol on standard input and output: findings at their columns,
    completion, hover, definition, rename and layout. Code that a deployment names is never run.
    """
    try:
        from treehand.authoring.lsp.language_server import TreehandLanguageServer
    except ImportError as error:
        raise MissingExtra(f"'{error.name}', which speaks with editors,", "lsp") from error
    TreehandLanguageServer(treehand.__version__).serve()
