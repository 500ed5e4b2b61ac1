"""``treehand suggest``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from treehand.cli.options import DeploymentOptions, Folder, Json, Load
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.history.suggestions import as_diff
from treehand.orchestrator.history.suggestions import suggest as suggest_changes
from treehand.orchestrator.store.workspace import Workspace

EXAMPLE = "treehand suggest"


def suggest(
    *,
    as_json: Json = False,
    load: Load = False,
    deployment: DeploymentOptions,
    workspace: Folder = None,
) -> None:
    """Suggest preconditions from past runs.

    Prints those that the domain file lacks, with the runs that show it, and the change as a diff.
    No file is changed.
    """
    loaded = Deployment.load(deployment.overrides(), imports=load)
    evidence = suggest_changes(
        Workspace.find(workspace), loaded.domain, loaded.vocabulary, loaded.kind.name
    )
    diff = as_diff(evidence.suggestions, loaded.domain_path)
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
