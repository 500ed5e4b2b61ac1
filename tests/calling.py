"""The command line called in this process: quicker than a process of its own for each test."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from treehand.cli.app import main


@dataclass(frozen=True)
class Called:
    """Exit code and output of one call."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    """Call ``treehand`` with arguments, in an empty folder, with nobody at a terminal."""
    monkeypatch.chdir(tmp_path)

    def called(*arguments: object, code: int | None = 0) -> Called:
        monkeypatch.setattr(sys, "argv", ["treehand", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        done = Called(int(ended.value.code or 0), captured.out, captured.err)
        assert code in (None, done.code), f"{done.code}: {done.out}\n{done.err}"
        return done

    return called
