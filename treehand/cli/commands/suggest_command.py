"""``treehand suggest``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from treehand.orchestrator.config.deployment import Deployment, DeploymentOverrides
from treehand.orchestrator.history.suggestions import as_diff, suggest
from treehand.orchestrator.store.workspace import Workspace


def suggest_changes(
    *,
    as_json: bool,
    world: str | None,
    scene: Path | None,
    domain: Path | None,
    config: Path | None,
    workspace: Path | None,
) -> None:
    """Print what the runs of a workspace suggest for the domain, and the change as a diff."""
    deployment = Deployment.load(
        DeploymentOverrides(config=config, world=world, domain=domain, scene=scene)
    )
    evidence = suggest(
        Workspace.find(workspace), deployment.domain, deployment.vocabulary, deployment.kind.name
    )
    diff = as_diff(evidence.suggestions, deployment.domain_path)
    if as_json:
        report = asdict(evidence) | {"diff": diff}
        print(json.dumps(report, ensure_ascii=False))
        return
    for one in evidence.suggestions:
        print(one.words())
    if not evidence.suggestions:
        print("nothing is suggested")
    print(f"looked at {evidence.calls} calls in {evidence.runs} runs, without faults on purpose")
    sys.stdout.write(diff)
