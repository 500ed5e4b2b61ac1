"""The scenarios that failed when they were last run, as pytest's ``--lf`` remembers tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from treehand.core.files.private_files import create_private, make_private_folder
from treehand.scenarios.format.files import Variant
from treehand.scenarios.suites.verdicts import ScenarioVerdict

FILE = "last_failures.json"


class LastFailures:
    """Names of failed scenarios, kept in a file over the runs of suites.

    Args:
        folder: The folder of the file; it need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def names(self) -> set[str]:
        """Return the names; none if nothing is remembered, or the file cannot be read."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return set()
        return {name for name in found if isinstance(name, str)}

    def among(self, variants: Sequence[Variant]) -> list[Variant]:
        """Return the scenarios that failed; all of them if none of them did."""
        names = self.names()
        failed = [one for one in variants if _name(one.path, one.name) in names]
        return failed or list(variants)

    def update(self, verdicts: Iterable[ScenarioVerdict]) -> None:
        """Remember which scenarios failed, and forget those that pass now."""
        names = self.names()
        good: dict[str, bool] = {}
        for verdict in verdicts:  # each seed may have a verdict of its own
            name = _name(Path(verdict.path), verdict.variant)
            good[name] = good.get(name, True) and verdict.is_good
        names = {name for name in names if not good.get(name, False)}
        names |= {name for name, is_good in good.items() if not is_good}
        try:
            make_private_folder(self._path.parent)
            create_private(self._path)
            self._path.write_text(json.dumps(sorted(names)), encoding="utf-8")
        except OSError:
            return  # it is a convenience: a suite on a read-only disk has run all the same


def _name(path: Path, variant: str) -> str:
    return f"{path.resolve()}::{variant}"
