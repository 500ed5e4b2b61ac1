"""Past runs that speak for one deployment, and the reasons why others do not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from treehand.core.errors import InputError, StorageError
from treehand.core.events import DetectorScored, Event, FaultInjected, RunStarted
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.evidence.calibration import LabelledScore, labelled_scores
from treehand.orchestrator.history.experience import experience_of
from treehand.orchestrator.improving.learned_deployment import scope_of
from treehand.orchestrator.store.journal import read_events, read_header
from treehand.orchestrator.store.workspace import RunFiles, Workspace
from treehand.planners import Experience


@dataclass(frozen=True)
class UsedRun:
    """One run that speaks for a deployment."""

    run: str
    goal: str
    seed: int
    experience: Experience
    scores: dict[str, tuple[LabelledScore, ...]]
    """Detector to its labelled scores."""


@dataclass(frozen=True)
class PastRuns:
    """Runs of one workspace that speak for a deployment."""

    used: tuple[UsedRun, ...]
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Reason, in words, to the runs that are left out for it."""

    @property
    def seeds(self) -> frozenset[int]:
        """Return the seeds of the runs that are used."""
        return frozenset(one.seed for one in self.used)

    @property
    def goals(self) -> tuple[str, ...]:
        """Return the goals of the runs, the most frequent first."""
        counts = Counter(one.goal for one in self.used)
        return tuple(goal for goal, _ in counts.most_common())


def past_runs(
    workspace: Workspace, deployment: Deployment, names: Sequence[str] | None = None
) -> PastRuns:
    """Return the runs that were made with a deployment, and why others were not.

    Runs with other learned parameters than those in force are left out: they are never pooled.

    Args:
        workspace: Where the runs are.
        deployment: What they ran with, with the learned parameters in force.
        names: Numbers of the runs, or paths of journals; all of the workspace if None.

    Raises:
        InputError: If a named run does not exist, or there are no runs at all.
    """
    chosen = [workspace.journal_of(one) for one in names or workspace.runs()]
    if not chosen:
        workspace.last_run()  # it raises what there is to say
    used: list[UsedRun] = []
    left_out: dict[str, list[str]] = {}
    for files in chosen:
        read = _read(files, deployment)
        if isinstance(read, UsedRun):
            used.append(read)
        else:
            left_out.setdefault(read, []).append(files.run)
    return PastRuns(tuple(used), {reason: tuple(runs) for reason, runs in left_out.items()})


def _read(files: RunFiles, deployment: Deployment) -> UsedRun | str:
    """Return a run that speaks for a deployment, or the reason why it is left out."""
    if files.is_live():
        return "still running"
    try:
        source = json.loads(read_header(files.journal).get("deployment") or "{}")
        events = tuple(read_events(files.journal))
        found = experience_of(events)
    except (InputError, StorageError, ValueError, OSError) as error:
        code = str(error).partition(":")[0] if isinstance(error, (InputError, StorageError)) else ""
        return f"the journal cannot be read ({code or 'damaged'})"
    started = found.started
    if started is None:
        return "the run never began"
    reason = _foreign(started, source.get("config") or "", deployment)
    if not reason and any(isinstance(event, FaultInjected) for event in events):
        reason = "faults were injected on purpose"
    if reason:
        return reason
    scores = _scores(events, files.run)
    return UsedRun(files.run, started.goal, started.seed, found.experience, scores)


def _foreign(started: RunStarted, config: str, deployment: Deployment) -> str:
    """Return why a run was not made with a deployment; empty if it was."""
    scope = scope_of(deployment)
    if started.world != scope.world:
        return f"another world ({started.world})"
    if (started.domain, config) != (scope.domain, scope.config):
        return "another domain or deployment file"
    if not started.domain_version:
        return "an older journal, which does not say its version of the domain"
    if started.domain_version != scope.version:
        return "another version of the domain"
    if started.learned != deployment.learned:
        own = f"parameters {started.learned}" if started.learned else "no learned parameters"
        return f"made with {own}"
    return ""


def _scores(events: Sequence[Event], run: str) -> dict[str, tuple[LabelledScore, ...]]:
    names = {event.detector for event in events if isinstance(event, DetectorScored)}
    return {name: tuple(labelled_scores(events, name, run)[0]) for name in sorted(names)}


def ranges(runs: Iterable[str]) -> str:
    """Return the numbers of runs in short: ``1..24, 30``; names that are no numbers as they are."""
    numbers = sorted({int(run) for run in runs if run.isascii() and run.isdecimal()})
    parts: list[str] = []
    for number in numbers:
        first, _, last = parts[-1].partition("..") if parts else ("", "", "")
        if parts and number == int(last or first) + 1:
            parts[-1] = f"{first}..{number}"
        else:
            parts.append(str(number))
    others = sorted({run for run in runs if not (run.isascii() and run.isdecimal())})
    return ", ".join((*parts, *others))
