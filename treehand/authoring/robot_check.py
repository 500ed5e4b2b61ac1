"""Check of robot files: their own layout and limits, and their MJCF where MuJoCo is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from treehand.core.errors import Finding
from treehand.documents.lenient import parse_leniently
from treehand.documents.reader import read_text
from treehand.worlds import robot_findings
from treehand.worlds.robot_file import MobileRobotFile, RobotFile, base_findings, limit_findings


def arm_findings(text: str, path: Path) -> Iterator[Finding]:
    """Yield the findings in the text of a ``*.robot.yaml``."""
    robot, findings = parse_leniently(text, RobotFile, file=str(path))
    if robot is not None and not findings:
        findings = list(limit_findings(robot))
    yield from findings or _of_mjcf(text, path)


def mobile_findings(text: str, path: Path) -> Iterator[Finding]:
    """Yield the findings in the text of a ``*.mobile.yaml``."""
    robot, findings = parse_leniently(text, MobileRobotFile, file=str(path))
    if robot is not None and not findings:
        findings = list(base_findings(robot.base))
    yield from findings or _of_mjcf(text, path)


def _of_mjcf(text: str, path: Path) -> list[Finding]:
    """Return the findings in the MJCF of a file; none while it is being edited."""
    return robot_findings(path) if path.is_file() and read_text(path) == text else []
