"""The deployment of an earlier run: what would be loaded again, and how it has changed."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from treehand.core.errors import Finding, InputError
from treehand.core.exit_codes import ExitCode
from treehand.orchestrator.config.bound_files import changes_since
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.store.journal import read_header
from treehand.orchestrator.store.journal_file import not_a_journal
from treehand.orchestrator.store.workspace import RunFiles


class DeploymentChanged(InputError):
    """Raised in place of loading a deployment that is not the one that a run began with."""

    exit_code = ExitCode.NOT_APPROVED


@dataclass(frozen=True)
class KnownDeployment:
    """A deployment that would be loaded to go on from a run; nothing of it is imported yet."""

    overrides: DeploymentOverrides
    """Overrides that it would be loaded with, paths absolute."""
    differences: tuple[str, ...] = ()
    """Differences from the one that the run began with, in words; empty if there are none."""

    @classmethod
    def of_run(cls, files: RunFiles) -> KnownDeployment:
        """Return the deployment that a run began with, as its journal's header says.

        Raises:
            StorageError: If the journal cannot be read.
        """
        overrides, recorded = _recorded(files)
        return cls(overrides, _differences(overrides, recorded))

    @classmethod
    def here(cls, overrides: DeploymentOverrides, files: RunFiles | None) -> KnownDeployment:
        """Return the deployment of a command line, compared with that of a run.

        Args:
            overrides: What the command line says, the deployment file among it.
            files: The last run in its world; None compares with nothing.

        Raises:
            StorageError: If the journal cannot be read.
        """
        given = overrides.absolute()
        if files is None:
            return cls(given)
        began, recorded = _recorded(files)
        if given.config != began.config:
            told = f"'{began.config}'" if began.config else "no deployment file"
            return cls(given, (f"run {files.run} began with {told}",))
        if given.world is not None and given.world != began.world:
            return cls(given, (f"run {files.run} began with world '{began.world}'",))
        return cls(given, _differences(given, recorded))

    def __str__(self) -> str:
        if self.overrides.config is not None:
            return str(self.overrides.config)
        world = f", world '{self.overrides.world}'" if self.overrides.world is not None else ""
        return f"no deployment file{world}"

    def load(self) -> Deployment:
        """Return the deployment, whether it has changed or not; see `Deployment.load`."""
        return Deployment.load(self.overrides, looks_here=False)

    def load_unchanged(self) -> Deployment:
        """Return the deployment; raises `DeploymentChanged` if it has changed."""
        self.require_unchanged()
        return self.load()

    def require_unchanged(self) -> None:
        """Raise `DeploymentChanged` with every difference if there is any."""
        if self.differences:
            hint = "look at it, then give --config-changed-ok"
            found = [Finding("config-changed", f"{self}: {one}") for one in self.differences]
            found[-1] = Finding("config-changed", found[-1].message, hint=hint)
            raise DeploymentChanged(found)


def _recorded(files: RunFiles) -> tuple[DeploymentOverrides, dict[str, str] | None]:
    """Return the overrides of a run's deployment, and its hashes; None if not written down."""
    header = read_header(files.journal)
    source, hashes = header.get("deployment"), header.get("deployment_files")
    try:
        overrides = DeploymentOverrides.model_validate_json(source) if source else None
        recorded = _HASHES.validate_json(hashes) if hashes else None
    except ValueError as error:
        raise not_a_journal(files.journal, "does not say what it ran with") from error
    return overrides or DeploymentOverrides(), recorded


_HASHES = TypeAdapter(dict[str, str])


def _differences(
    overrides: DeploymentOverrides, recorded: dict[str, str] | None
) -> tuple[str, ...]:
    if recorded is not None:
        return tuple(changes_since(recorded))
    bound = (overrides.config, overrides.domain, overrides.scene, overrides.tree_folder)
    if any(bound) or ":" in (overrides.world or ""):
        return ("an older version kept no hashes of what the run began with",)
    return ()
