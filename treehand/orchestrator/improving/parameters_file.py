"""The file of learned parameters in a workspace: read with all checks, promoted, rolled back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from treehand.core.errors import InputError
from treehand.core.files.plain_files import read_plain
from treehand.documents.formatter import format_text
from treehand.documents.reader import parse
from treehand.documents.row_edits import CannotEditRows, with_written_row, without_row
from treehand.orchestrator.improving.learned_parameters import (
    LearnedParameters,
    Promotion,
    PromotionScope,
    pin_findings,
)
from treehand.orchestrator.store.row_file import replace_row_file

MAX_BYTES = 4_000_000
"""Size of the largest file of learned parameters."""
_HEAD = """\
# Parameters that a person promoted from past runs; `treehand improve --rollback` takes the last
# promotion back. Each is pinned by a hash: one that is altered here is refused.
"""
_ROWS = "promotions"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_WORDS_OF_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


class ParametersFile:
    """Learned parameters on disk.

    Args:
        path: The file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> LearnedParameters:
        """Return the promotions; none if there is no file.

        Raises:
            InputError: If the file cannot be read, holds an error, or a pin does not match.
        """
        return self._parsed(self.text())

    def text(self) -> str:
        """Return the text of the file; empty if there is none; raises `InputError`."""
        if not os.path.lexists(self.path):
            return ""
        try:
            return read_plain(self.path, MAX_BYTES).decode("utf-8-sig")
        except OSError as error:
            message = f"cannot read '{self.path}': {error.strerror}"
            hint = "mend the file, or move it away to run without what was learned"
            raise InputError.of("unreadable-file", message, hint=hint) from error
        except UnicodeDecodeError as error:
            message = f"'{self.path}' is not UTF-8"
            raise InputError.of("not-utf8", message, hint="save the file as UTF-8") from error

    def with_promotion(self, promotion: Promotion) -> str:
        """Return the text of the file with one more promotion, pinned; nothing is written.

        Raises:
            InputError: If the file has errors, or its rows cannot be edited.
        """
        before = self.text()
        pin = promotion.pin_after(self._parsed(before).pin_of(promotion.scope))
        row = promotion.model_copy(update={"pin": pin}).model_dump(mode="json")
        written = "  - " + "\n    ".join(_lines(_told(row))) + "\n"
        try:
            after = with_written_row(before or _HEAD, _ROWS, written)
        except CannotEditRows as error:
            raise self._uneditable(error) from error
        after = format_text(after, LearnedParameters, file=str(self.path))
        self._parsed(after)
        return after

    def without_last(self, scope: PromotionScope) -> tuple[str, Promotion]:
        """Return the text of the file without the last promotion of a scope, and the promotion.

        Raises:
            InputError: If nothing was promoted for this scope, or the file has errors.
        """
        text = self.text()
        promotions = self._parsed(text).promotions
        own = [index for index, one in enumerate(promotions) if one.scope == scope]
        if not own:
            message = f"nothing was promoted for world '{scope.world}' and this domain"
            others = f"; '{self.path}' has promotions for others" if promotions else ""
            hint = "there is nothing to take back: runs use the parameters of the files"
            raise InputError.of("nothing-to-roll-back", message + others, hint=hint)
        try:
            return without_row(text, _ROWS, own[-1]), promotions[own[-1]]
        except CannotEditRows as error:
            raise self._uneditable(error) from error

    def replace(self, text: str) -> None:
        """Write the file anew, beside the old one first, so that a crash loses neither.

        Raises:
            InputError: If the text has errors, or the file is a link or cannot be written.
        """
        if self.path.is_symlink():
            message = f"'{self.path}' is a link, which would be replaced by a file"
            hint = "put the file itself there, or edit the file that it points to"
            raise InputError.of("unwritable-file", message, hint=hint)
        self._parsed(text)
        replace_row_file(self.path, text)

    def _parsed(self, text: str) -> LearnedParameters:
        plain = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
        if not plain:
            return LearnedParameters()
        parameters = parse(text, LearnedParameters, file=str(self.path))
        findings = list(pin_findings(parameters))
        if findings:
            raise InputError(findings)
        return parameters

    def _uneditable(self, error: CannotEditRows) -> InputError:
        message = f"'{self.path}' cannot be changed: {error}"
        return InputError.of("unwritable-file", message, hint="edit it by hand")


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row without what is empty."""
    return {name: value for name, value in row.items() if value not in (None, "", [])}


def _lines(row: Mapping[str, Any]) -> list[str]:
    """Return the lines of a mapping in block style; lists of texts stand in brackets."""
    lines: list[str] = []
    for name, value in row.items():
        if isinstance(value, Mapping):
            lines.append(f"{name}:")
            lines += [f"  {line}" for line in _lines(_told(value))]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{name}:")
            for one in value:
                first, *rest = _lines(_told(one))
                lines += [f"  - {first}", *(f"    {line}" for line in rest)]
        elif isinstance(value, list):
            lines.append(f"{name}: [{', '.join(map(_scalar, value))}]")
        else:
            lines.append(f"{name}: {_scalar(value, is_day=name == 'promoted')}")
    return lines


def _scalar(value: object, *, is_day: bool = False) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML
    return value if is_day or is_plain else json.dumps(value, ensure_ascii=False)
