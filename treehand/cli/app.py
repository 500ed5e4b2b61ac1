"""The command line: its commands are in `running_app`, `files_app` and `history_app`."""

from __future__ import annotations

import os
import sys
import traceback

import typer

from treehand.cli import files_app, history_app, running_app
from treehand.core.errors import TreehandError

app = typer.Typer(
    name="treehand",
    help="From a goal in plain words to a behavior tree that is checked, run and recovered.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (running_app, files_app, history_app):
    app.add_typer(part.app)


def main() -> None:
    """Run the command line; every error ends in a message and an exit code."""
    try:
        app()
    except TreehandError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # the last net: a bug of ours must not look like the user's mistake
        if os.environ.get("TREEHAND_DEBUG"):
            traceback.print_exc()
        hint = "set TREEHAND_DEBUG=1 for the traceback, and report it"
        message = f"internal-error: {type(error).__name__}: {error}\n  hint: {hint}"
        typer.echo(message, err=True)
        sys.exit(3)
