"""``treehand fmt``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from treehand.authoring.check import files_in
from treehand.authoring.file_types import kind_of
from treehand.core.errors import InputError
from treehand.documents.formatter import format_text
from treehand.documents.reader import read_text


def format_files(paths: Sequence[Path], *, only_check: bool) -> int:
    """Bring files into the one layout and return the exit code.

    Args:
        paths: Files and folders.
        only_check: Change nothing, and name the files that would change.

    Returns:
        1 if something is found that keeps a file from being formatted, or with `only_check` one
        would change; else 0.
    """
    changed: list[Path] = []
    files, findings = files_in(paths)
    for path in files:
        try:
            text = read_text(path)
            formatted = format_text(text, kind_of(path).model, file=str(path))
            if formatted != text and not only_check:
                _replace(path.resolve(), formatted)
        except InputError as error:
            findings.extend(error.findings)
            continue
        if formatted != text:
            changed.append(path)
    for path in changed:
        print(f"{'would change' if only_check else 'changed'} {path}")
    for finding in findings:
        print(finding)
    left = len(files) - len(changed)
    print(f"{len(changed)} changed, {left} left as they are", file=sys.stderr)
    return 1 if findings or (only_check and changed) else 0


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
