"""``treehand suggest``."""

from __future__ import annotations

from dataclasses import asdict

from treehand.cli.arguments.options import DeploymentOptions, Folder, Json, Load
from treehand.cli.views.plain_output import print_json, print_lines
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
        print_json(report)
        return
    for one in evidence.suggestions:
        print_lines(one.words())
    if not evidence.suggestions:
        print_lines("nothing is suggested")
    print_lines(
        f"looked at {evidence.calls} calls in {evidence.runs} runs, without faults on purpose"
    )
    if diff:
        print_lines(diff.rstrip("\n"))
