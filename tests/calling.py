"""The command line called in this process: quicker than a process of its own for each test."""

import io
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


def called(*arguments: object, folder: Path | None = None) -> Called:
    """Call ``treehand`` with arguments, in a folder where one is given."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patched:
        if folder is not None:
            patched.chdir(folder)
        patched.setattr(sys, "argv", ["treehand", *map(str, arguments)])
        patched.setattr(sys, "stdout", streams[0])
        patched.setattr(sys, "stderr", streams[1])
        with pytest.raises(SystemExit) as ended:
            main()
    out, err = (stream.buffer.getvalue().decode() for stream in streams)  # type: ignore[attr-defined]
    return Called(int(ended.value.code or 0), out, err)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Called]:
    """Call ``treehand`` with arguments, in an empty folder, with nobody at a terminal."""
    monkeypatch.chdir(tmp_path)

    def checked(*arguments: object, code: int | None = 0) -> Called:
        done = called(*arguments)
        assert code in (None, done.code), f"{done.code}: {done.out}\n{done.err}"
        return done

    return checked
