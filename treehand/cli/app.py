"""The command line: `treehand COMMAND …`, and the errors that end in a message and an exit code."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from typing import Annotated, Any, NoReturn

import typer

import treehand
from treehand.cli.command_group import CONTEXT, OUTPUT_CLOSED, CommandGroup
from treehand.cli.views.plain_output import (
    complain,
    degrade_streams,
    drop_lost_output,
    drop_output,
    drop_unwritable,
    is_lost_output,
    output_for_json,
    print_lines,
)
from treehand.core.errors import TreehandError
from treehand.core.exit_codes import ExitCode
from treehand.core.text.outside_text import require_utf8, shortened

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
        with output_for_json(is_wanted="--json" in sys.argv[1:]):
            _run()
    finally:
        drop_unwritable()


def _run() -> NoReturn:
    try:
        require_utf8(sys.argv[1:], hint="write it in UTF-8; rename a file with such a name")
        code = app(prog_name="treehand", standalone_mode=False) or ExitCode.SUCCESS
        sys.stdout.flush()
    except TreehandError as error:
        _end(error.exit_code, error)
    except _ClickException as error:
        shown = io.StringIO()
        error.show(file=shown)
        _end(error.exit_code, shown.getvalue().rstrip())
    except (KeyboardInterrupt, typer.Abort):
        _end(ExitCode.INTERRUPTED, "interrupted")
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            name = shortened(str(error.filename))
            _end(ExitCode.USAGE, f"unreadable-file: '{name}' is too long for a file's name")
        if not is_lost_output(error):
            _end_with_bug(error)
        drop_lost_output(error)
        sys.exit(OUTPUT_CLOSED if isinstance(error, BrokenPipeError) else ExitCode.ERROR)
    except Exception as error:  # a bug of ours must not look like the user's mistake
        _end_with_bug(error)
    sys.exit(code)


def _end_with_bug(error: Exception) -> NoReturn:
    if os.environ.get("TREEHAND_DEBUG"):
        complain(traceback.format_exc())
    hint = "set TREEHAND_DEBUG=1 for the traceback, and report it"
    _end(ExitCode.ERROR, f"internal-error: {type(error).__name__}: {error}\n  hint: {hint}")


def _end(code: int, message: object) -> NoReturn:
    """Print why the command ends, and end it."""
    complain(message)
    try:
        sys.stdout.flush()
    except OSError:
        drop_output()
    sys.exit(code)
