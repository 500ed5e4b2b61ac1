"""Notice of code that a command has read and not imported."""

from __future__ import annotations

from treehand.cli.views.plain_output import print_lines
from treehand.orchestrator.config.deployment import Deployment


def print_not_loaded(deployment: Deployment) -> None:
    """Print to the standard error which world, planner and model a stand-in takes the place of."""
    for code in deployment.not_loaded:
        if code.what in ("world", "planner", "language model"):
            print_lines(code, to_stderr=True)
