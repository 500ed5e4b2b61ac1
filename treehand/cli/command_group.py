"""The top of the command line: a command's module is imported when the command is called.

`treehand --help`, `treehand --version` and the completion of command names read
`treehand.cli.command_index` alone, so they load none of pydantic, numpy, PyYAML and py_trees.
A called command imports its own module and what that needs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from inspect import getdoc
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from treehand.cli.arguments.option_groups import expand_groups
from treehand.cli.command_index import COMMANDS, module_of
from treehand.cli.views.plain_output import drop_output
from treehand.core.collector import leave_loaded

CONTEXT = {"help_option_names": ["-h", "--help"]}
"""Settings that all commands share."""
OUTPUT_CLOSED = 141
"""Exit code of a command whose output nobody reads any more: 128 + SIGPIPE, as shells have it."""


class LazyCommand(TyperCommand):
    """A command's name and summary; its module is imported when its arguments are parsed."""

    def make_context(self, info_name: str | None, args: list[str], **rest: Any) -> Any:  # type: ignore[override]
        """Return the context of the command itself, which runs in the stead of this one."""
        assert self.name is not None
        return load_command(self.name).make_context(info_name, args, **rest)


class CommandGroup(TyperGroup):
    """All commands of the index, listed by task."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for commands in COMMANDS.values():
            for name, summary in commands.items():
                self.add_command(LazyCommand(name, short_help=summary, help=summary))

    def invoke(self, ctx: Any) -> Any:
        """Run the called command; end quietly if the reader of the output has gone (`| head`).

        An interrupt that the command does not answer itself becomes `typer.Abort`.
        """
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            drop_output()
            raise typer.Exit(OUTPUT_CLOSED) from None
        except KeyboardInterrupt:  # Typer would end without a word
            raise typer.Abort from None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section for each task."""
        width = max(len(name) for commands in COMMANDS.values() for name in commands)
        for task, commands in COMMANDS.items():
            with formatter.section(task):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands.items()])


def load_command(name: str) -> Any:
    """Import a command's module and return the command that Typer makes of its function."""
    module = import_module(module_of(name))
    leave_loaded()
    function: Callable[..., None] = getattr(module, name.replace("-", "_"))
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    epilog = "\b\nExample:\n" + "\n".join(f"  {line}" for line in module.EXAMPLE.splitlines())
    alone.command(name, help=getdoc(function), epilog=epilog, context_settings=CONTEXT)(
        expand_groups(function)
    )
    return get_command(alone)
