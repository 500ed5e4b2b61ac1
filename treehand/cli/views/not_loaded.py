"""Notice of code that a command has read and not imported."""

from __future__ import annotations

import sys

from treehand.orchestrator.config.deployment import Deployment


def print_not_loaded(deployment: Deployment) -> None:
    """Print to the standard error which world and planner a stand-in takes the place of."""
    for code in deployment.not_loaded:
        if code.what in ("world", "planner"):
            print(code, file=sys.stderr)
