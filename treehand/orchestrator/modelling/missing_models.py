"""Missing action models of a deployment, proposed by its language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from treehand.core.errors import Finding, InputError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.history.observed_changes import observed_calls
from treehand.orchestrator.improving.learned_deployment import with_learned
from treehand.orchestrator.modelling.lacking_skills import (
    lacking_skills,
    undeclared_in,
    undeclared_of,
)
from treehand.orchestrator.modelling.model_proposal import ModelExaminer, ModelProposal
from treehand.orchestrator.store.workspace import Workspace
from treehand.planners.llm import MAX_SKILLS, ActionModelWriter, Hear, Meter


@dataclass(frozen=True)
class MissingModels:
    """Skills of a deployment that have no action model.

    Args:
        deployment: The deployment without its bindings, which may name undeclared skills.
        overrides: What the command line says, to load it again.
        imports: True if the code that it names may be run.
    """

    deployment: Deployment
    overrides: DeploymentOverrides
    imports: bool = field(kw_only=True)

    def propose(
        self, names: Sequence[str], workspace: Workspace, meter: Meter, hear: Hear
    ) -> ModelProposal:
        """Return the action models that a language model proposes; none if none is missing.

        Args:
            names: The skills that are asked for; all that lack one if empty.
            workspace: Its runs are evidence.
            meter: Asks the model.
            hear: Takes each piece of an answer as it comes.

        Raises:
            InputError: If a name is no such skill, or the domain file cannot be read.
            ModelError: If the model cannot be asked, or gives nothing usable.
        """
        self._load(None)  # what else is wrong comes first
        deployment, domain = self.deployment, self.deployment.domain
        named = list(undeclared_in(deployment.source.config, domain))
        known = {one.name for one in named}
        brought = undeclared_of(deployment.kind.skills, domain)
        undeclared = [*named, *(one for one in brought if one.name not in known)]
        world = deployment.kind.name
        learned = with_learned(deployment, workspace.learned_parameters).learned
        seen = observed_calls(workspace, domain, deployment.vocabulary, world, learned)
        skills = lacking_skills(domain, undeclared, seen, names)
        rounds = deployment.llm.repairs + 1
        desk = ModelExaminer(
            domain, deployment.domain_path, undeclared, seen, self._load, rounds=rounds
        )
        if not skills:
            return desk.proposal
        writer = ActionModelWriter(domain, deployment.vocabulary, meter, deployment.llm)
        proposed = writer.write(skills[:MAX_SKILLS], desk.examine, hear)
        return replace(desk.proposal, reason=proposed.reason)

    def _load(self, domain: Path | None) -> Deployment:
        """Return the deployment, without its bindings as long as they name undeclared skills.

        Args:
            domain: Another domain file; its own if None.

        Raises:
            InputError: If anything else is wrong with it.
        """
        given = self.overrides
        if domain is not None:
            given = given.model_copy(update={"domain": domain})
        try:
            return Deployment.load(given, imports=self.imports)
        except InputError as error:
            config = str(self.deployment.source.config)
            others = [one for one in error.findings if not _is_undeclared(one, config)]
            if others:
                raise InputError(others) from error
        return Deployment.load(given, imports=self.imports, binds=False)


def _is_undeclared(finding: Finding, config: str) -> bool:
    """Return True if a deployment file binds a skill that the domain does not name."""
    file = finding.span.file if finding.span is not None else ""
    return finding.code == "unknown-skill" and Path(file).absolute() == Path(config)
