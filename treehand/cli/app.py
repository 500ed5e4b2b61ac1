"""The command line: `treehand COMMAND …`, and the errors that end in a message and an exit code."""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Annotated, Any

import typer

import treehand
from treehand.cli.command_group import CONTEXT, CommandGroup
from treehand.cli.views.plain_output import degrade_streams, print_lines
from treehand.core.errors import TreehandError
from treehand.core.exit_codes import ExitCode

_ClickException: Any = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)
"""Root of the usage errors, which Typer does not export."""

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
        print_lines(f"treehand {treehand.__version__}")
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
    degrade_streams()
    try:
        sys.exit(app(prog_name="treehand", standalone_mode=False) or ExitCode.SUCCESS)
    except TreehandError as error:
        print_lines(error, to_stderr=True)
        sys.exit(error.exit_code)
    except _ClickException as error:
        shown = io.StringIO()
        error.show(file=shown)
        print_lines(shown.getvalue().rstrip(), to_stderr=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        print_lines("interrupted", to_stderr=True)
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:  # a bug of ours must not look like the user's mistake
        if os.environ.get("TREEHAND_DEBUG"):
            print_lines(traceback.format_exc(), to_stderr=True)
        hint = "set TREEHAND_DEBUG=1 for the traceback, and report it"
        message = f"internal-error: {type(error).__name__}: {error}\n  hint: {hint}"
        print_lines(message, to_stderr=True)
        sys.exit(ExitCode.ERROR)
