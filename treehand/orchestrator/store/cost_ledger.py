"""Ledger of language model calls, over every run of a workspace."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from treehand.core.errors import StorageError
from treehand.core.events import ModelCalled
from treehand.core.files.private_files import create_private, make_private_folder
from treehand.core.model_json import model_json
from treehand.planners.llm import Spent

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    day TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    usd REAL NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS by_day ON calls (day);
"""
_LOCKED_S = 5.0


class SqliteLedger:
    """One SQLite file with a row for every call; several processes may write it.

    Args:
        path: The file; made with the first call.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def spent_today(self) -> Spent:
        """Return the tokens and money used since midnight; raises `StorageError`."""
        if not self._path.exists():
            return Spent()
        question = "SELECT coalesce(sum(tokens), 0), coalesce(sum(usd), 0.0) FROM calls"
        try:
            with closing(self._opened()) as db:
                row = db.execute(f"{question} WHERE day = ?", (date.today().isoformat(),))
                tokens, usd = row.fetchone()
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        return Spent(tokens, usd)

    def add(self, call: ModelCalled) -> None:
        """Keep a call; raises `StorageError`."""
        tokens = (call.tokens_in or 0) + (call.tokens_out or 0)
        row = (date.today().isoformat(), tokens, call.cost_usd or 0.0, model_json(call))
        try:
            make_private_folder(self._path.parent)
            create_private(self._path)
            with closing(self._opened()) as db, db:
                db.execute("INSERT INTO calls VALUES (?, ?, ?, ?)", row)
        except (sqlite3.Error, OSError) as error:
            raise self._unusable(error) from error

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=_LOCKED_S)
        db.executescript(_SCHEMA)
        return db

    def _unusable(self, error: Exception) -> StorageError:
        message = f"what models have cost cannot be kept in '{self._path}': {error}"
        hint = "give another folder with --workspace or TREEHAND_HOME, or move the file away"
        return StorageError("broken-ledger", message, hint)
