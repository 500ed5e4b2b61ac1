"""The file of learned words in a workspace: read with all checks, changed without a loss."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from treehand.core.errors import Finding, InputError, in_line_order
from treehand.core.files.plain_files import read_plain
from treehand.documents.reader import parse
from treehand.documents.row_edits import CannotEditRows, with_row, with_value, without_row
from treehand.orchestrator.store.row_file import replace_row_file
from treehand.planners.reading.learned.learned_words import (
    MAX_READINGS,
    LearnedReading,
    LearnedWords,
    learned_findings,
    said_key,
)
from treehand.skills.domain import Formula, Vocabulary

MAX_BYTES = 1_000_000
"""Size of the largest file of learned words."""
_HEAD = """\
# Readings that a person chose at the console. Edit or delete rows as you like, and check the file
# with: treehand check FILE. With `confirmed: 1` a reading is asked about at its next use.
"""
_ROWS = "readings"


class LearnedFile:
    """Learned words on disk.

    Args:
        path: The file; it need not exist.
        vocabulary: Names that the goals may use.
        is_writable: False for a file that is only read, as a scenario's.
    """

    def __init__(self, path: Path, vocabulary: Vocabulary, *, is_writable: bool = True) -> None:
        self.path = path
        self.is_writable = is_writable
        self._vocabulary = vocabulary
        self._known: tuple[object, LearnedWords] = (object(), LearnedWords())
        """Stamp of the file that was read last, with its readings."""

    def load(self) -> LearnedWords:
        """Return the readings; none if there is no file.

        Raises:
            InputError: If the file cannot be read, is too large, or holds an error; with every
                finding.
        """
        stamp = self._stamp()
        if self._known[0] != stamp:
            self._known = stamp, self._parsed(self._text())
        return self._known[1]

    def remember(self, said: str, means: Formula, on: date) -> None:
        """Add a reading, chosen once; one with the same words is replaced.

        Raises:
            InputError: If the file has errors, is a link, or cannot be written; it stays as it is.
        """

        def edit(text: str, words: LearnedWords) -> str:
            at = _index(words, said)
            text = without_row(text, _ROWS, at) if at is not None else text
            row: dict[str, str | int] = {"said": said, "means": str(means)}
            row |= {"learned": on.isoformat(), "confirmed": 1}
            unquoted = with_row(text or _HEAD, _ROWS, row)
            return unquoted.replace(f'learned: "{on.isoformat()}"', f"learned: {on.isoformat()}")

        self._change(edit)

    def confirm(self, said: str) -> None:
        """Count one more confirmation of a reading; raises `InputError` as `remember` does."""

        def edit(text: str, words: LearnedWords) -> str:
            at = _index(words, said)
            if at is None:
                return text
            count = words.readings[at].confirmed + 1
            return with_value(text, _ROWS, at, "confirmed", count)

        self._change(edit)

    def forget(self, said: str) -> LearnedReading | None:
        """Delete a reading, and return it; None if there is none with these words.

        Raises:
            InputError: As `remember` does.
        """
        found = self.load().find(said)
        if found is None:
            return None

        def edit(text: str, words: LearnedWords) -> str:
            at = _index(words, said)
            return text if at is None else without_row(text, _ROWS, at)

        self._change(edit)
        return found

    def _stamp(self) -> object:
        try:
            found = self.path.stat()
        except OSError:
            return os.path.lexists(self.path)
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _text(self) -> str:
        if not os.path.lexists(self.path):
            return ""
        try:
            raw = read_plain(self.path, MAX_BYTES)
            return raw.decode("utf-8-sig")
        except OSError as error:
            message = f"cannot read '{self.path}': {error.strerror}"
            hint = "no learned reading is used; mend the file, or move it away"
            raise InputError.of("unreadable-file", message, hint=hint) from error
        except UnicodeDecodeError as error:
            message = f"'{self.path}' is not UTF-8"
            raise InputError.of("not-utf8", message, hint="save the file as UTF-8") from error

    def _parsed(self, text: str) -> LearnedWords:
        plain = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
        if not plain:
            return LearnedWords()
        words = parse(text, LearnedWords, file=str(self.path))
        findings: list[Finding] = in_line_order(learned_findings(words, self._vocabulary))
        if findings:
            raise InputError(findings)
        return words

    def _change(self, edit: Callable[[str, LearnedWords], str]) -> None:
        """Write the file anew, beside the old one first, so that a crash loses neither."""
        if not self.is_writable:
            message = f"'{self.path}' is read only here"
            raise InputError.of("unwritable-file", message, hint="change it at the console")
        if self.path.is_symlink():
            message = f"'{self.path}' is a link, which would be replaced by a file"
            hint = "put the file itself there, or edit the file that it points to"
            raise InputError.of("unwritable-file", message, hint=hint)
        before = self._text()
        words = self._parsed(before)
        if len(words.readings) >= MAX_READINGS:
            message = f"'{self.path}' has {MAX_READINGS} readings already"
            raise InputError.of("too-large", message, hint="delete some of its rows")
        try:
            after = edit(before, words)
        except CannotEditRows as error:
            message = f"'{self.path}' cannot be changed: {error}"
            raise InputError.of("unwritable-file", message, hint="edit it by hand") from error
        self._parsed(after)
        replace_row_file(self.path, after)


def _index(words: LearnedWords, said: str) -> int | None:
    key = said_key(said)
    found = (i for i, one in enumerate(words.readings) if said_key(one.said) == key)
    return next(found, None)
