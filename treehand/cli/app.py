"""The command line: `treehand COMMAND …`, and the errors that end in a message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

import treehand
from treehand.cli.command_group import CONTEXT, CommandGroup
from treehand.core.errors import TreehandError
from treehand.core.exit_codes import ExitCode

app = typer.Typer(
    name="treehand",
    cls=CommandGroup,
    help="From a goal in plain words to a behavior tree that is checked, run and recovered.",
    epilog="`treehand COMMAND -h` shows a command's options and an example.",
    context_settings=CONTEXT,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"treehand {treehand.__version__}")
        raise typer.Exit


@app.callback()
def treehand_command(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """From a goal in plain words to a behavior tree that is checked, run and recovered."""


def main() -> None:
    """Run the command line; every error ends in a message and an exit code."""
    try:
        app(prog_name="treehand")
    except TreehandError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:  # a bug of ours must not look like the user's mistake
        if os.environ.get("TREEHAND_DEBUG"):
            traceback.print_exc()
        hint = "set TREEHAND_DEBUG=1 for the traceback, and report it"
        message = f"internal-error: {type(error).__name__}: {error}\n  hint: {hint}"
        typer.echo(message, err=True)
        sys.exit(ExitCode.ERROR)
