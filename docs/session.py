"""Records the console session of the tutorial anew: `python -m docs.session`.

The page's text blocks that begin with ``>`` are one session; a test replays it and compares.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).with_name("tutorial") / "console_session.md"
_BLOCK = re.compile(r"(?<=^```text\n)> .*?(?=^```$)", re.MULTILINE | re.DOTALL)
_VARYING = (
    (re.compile(r"\b[0-9a-f]{16}\b"), "0123456789abcdef"),
    (re.compile(r"\d+\.\d+ s here"), "0.1 s here"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"), "2026-11-28T10:00:00"),
)
"""What differs from one recording to the next: hashes, wall time, dates."""


def blocks(page: str) -> list[str]:
    """Return the parts of the session that a page shows."""
    return _BLOCK.findall(page)


def said(block: str) -> list[str]:
    """Return the lines that a person says in a part of the session."""
    return [line[2:] for line in block.splitlines() if line.startswith("> ")]


def plain(text: str) -> str:
    """Return a recording without what differs from one to the next."""
    for varying, instead in _VARYING:
        text = varying.sub(instead, text)
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def replay(page: str) -> Iterator[str]:
    """Yield the parts of a page's session as they come out now."""
    parts = [said(block) for block in blocks(page)]
    lines = [line for part in parts for line in part]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "treehand", "console"],
            input="".join(f"{line}\n" for line in lines),
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "TREEHAND_HOME": folder, "TREEHAND_REGISTRY": folder},
            check=True,
        )
    told = re.split(r"^(?=> )", plain(done.stdout), flags=re.MULTILINE)[1:]
    for part in parts:
        yield "".join(told[: len(part)])
        told = told[len(part) :]


def recorded_anew(page: str) -> str:
    """Return a page with its session as it comes out now."""
    parts = replay(page)
    return _BLOCK.sub(lambda found: next(parts), page)


if __name__ == "__main__":
    PAGE.write_text(recorded_anew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
