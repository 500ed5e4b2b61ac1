"""``treehand fmt``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from treehand.authoring.check import files_in
from treehand.authoring.file_types import kind_of
from treehand.cli.views.plain_output import print_lines
from treehand.core.errors import InputError
from treehand.core.exit_codes import ExitCode
from treehand.documents.formatter import format_text
from treehand.documents.reader import read_text

EXAMPLE = "treehand fmt --check ."


def fmt(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 if something would change.")
    ] = False,
) -> None:
    """Format files; comments are kept.

    A file that cannot be formatted is named with its findings; the others are formatted all the
    same.
    """
    changed: list[Path] = []
    files, findings = files_in(paths)
    for path in files:
        try:
            text = read_text(path)
            formatted = format_text(text, kind_of(path).model, file=str(path))
            if formatted != text and not check:
                _replace(path.resolve(), formatted)
        except InputError as error:
            findings.extend(error.findings)
            continue
        if formatted != text:
            changed.append(path)
    for path in changed:
        print_lines(f"{'would change' if check else 'changed'} {path}")
    for finding in findings:
        print_lines(finding)
    left = len(files) - len(changed)
    print_lines(f"{len(changed)} changed, {left} left as they are", to_stderr=True)
    raise typer.Exit(ExitCode.FAILURE if findings or (check and changed) else ExitCode.SUCCESS)


def _replace(path: Path, text: str) -> None:
    """Put a new text in the place of a file at once, so that nothing is lost on the way."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        shutil.copymode(path, beside)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        message = f"cannot write '{path}': {error.strerror}"
        raise InputError.of("unwritable-file", message, hint="check its permissions") from error
