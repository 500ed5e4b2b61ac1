"""The question whether a deployment that has changed is loaded all the same."""

from __future__ import annotations

from rich.console import Console

from treehand.core.exit_codes import ExitCode
from treehand.core.text.printable_console import marked
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.people.person import Person
from treehand.orchestrator.sessions.resuming.known_deployment import (
    DeploymentChanged,
    KnownDeployment,
)
from treehand.trees import PersonQuestion


def load_known(
    known: KnownDeployment, console: Console, person: Person, *, is_ok: bool
) -> Deployment:
    """Say which deployment is meant and return it, loaded; ask first if it has changed.

    Args:
        known: The deployment.
        console: Where it is named.
        person: Who is asked.
        is_ok: True if the command line says that a change is all right.

    Raises:
        DeploymentChanged: If it has changed, and nobody said that this is all right.
    """
    console.print(marked("deployment: {}", known))
    try:
        known.require_unchanged()
    except DeploymentChanged as changed:
        text = "\n".join((*known.differences, "Load it all the same?"))
        answer = "yes" if is_ok else person.ask(PersonQuestion(text))
        if answer is not None and answer != "yes":
            changed.exit_code = ExitCode.REFUSED
        if answer != "yes":
            raise
    return known.load()
