"""Runs of a workspace, past ones and the one under way, as clients read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from treehand.core.errors import StorageError
from treehand.core.events import Event, Planned, Ticked
from treehand.orchestrator.forking.fork import ForkReport, fork_run
from treehand.orchestrator.history.explain import explain
from treehand.orchestrator.history.run_outline import RunOutline
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.store.journal import read_entries, read_events, read_header
from treehand.orchestrator.store.workspace import Workspace
from treehand.trees import parse_tree
from treehand.trees.drawing.tree_outline import TreeOutline, TreeReport
from treehand.web.access.api_error import ApiError
from treehand.web.desk.camera_feed import Picture
from treehand.web.desk.robot_desk import RobotDesk
from treehand.web.desk.run_pictures import RunPictures


class RunReport(BaseModel):
    """One run in a list."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    run: str
    created: str
    """Wall time, as ISO 8601."""
    goal: str
    outcome: str
    """Outcome; ``running``, ``unfinished`` or ``unreadable (CODE)`` without one."""
    message: str
    world_true: bool | None
    t_s: float | None
    """Run time at its end, in seconds; None before it."""
    can_resume: bool
    """True if it was left before its end, and no process runs it."""
    has_pictures: bool
    """True if the motion was kept, from which its moments are drawn."""


class RunEntry(BaseModel):
    """One event of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    seq: int
    """Position in the journal, from 1."""
    wall_s: float | None
    """Wall time, in seconds since 1970; None if the journal does not say."""
    event: dict[str, Any]
    """The event, as docs/reference/events.md describes it."""


class RunArchive:
    """Reads runs.

    Args:
        workspace: Folder of the journals.
        desk: The served robot, whose run is read from its feed.
    """

    def __init__(self, workspace: Workspace, desk: RobotDesk) -> None:
        self._workspace = workspace
        self._desk = desk
        self._pictures = RunPictures()

    @property
    def newest(self) -> str:
        """Return the number of the newest run; empty if there is none."""
        return next(iter(self._workspace.runs()[-1:]), "")

    def latest(self, most: int, before: str) -> list[RunReport]:
        """Return the latest runs, the newest first.

        Args:
            most: Most runs.
            before: Only runs before this number; empty for all.
        """
        numbers = self._workspace.runs()
        if before:
            numbers = [run for run in numbers if int(run) < int(before)]
        return [self.report(run) for run in reversed(numbers[-most:])]

    def report(self, run: str) -> RunReport:
        """Return one run.

        Raises:
            InputError: If there is none.
        """
        files = self._workspace.find_run(run)
        outline, created, unreadable = RunOutline(), "", ""
        try:
            created = read_header(files.journal).get("created", "")
            outline.over(read_events(files.journal))
        except StorageError as error:
            unreadable = f"unreadable ({error.finding.code})"
        ended, is_live = outline.ended, files.is_live()
        without = unreadable or ("running" if is_live else "unfinished")
        return RunReport(
            run=files.run,
            created=created,
            goal=outline.started.goal if outline.started else "",
            outcome=ended.outcome if ended else without,
            message=ended.message if ended else "",
            world_true=ended.world_true if ended else None,
            t_s=ended.t_s if ended else None,
            can_resume=outline.was_left and not is_live and not unreadable,
            has_pictures=files.states.exists(),
        )

    def entries(self, run: str, after: int, most: int) -> list[RunEntry]:
        """Return events of a run, the oldest first.

        Args:
            run: Its number.
            after: Only events behind this position.
            most: Most events.
        """
        found = [(seq, wall, event) for seq, wall, event in self._rows(run) if seq > after]
        return [
            RunEntry(seq=seq, wall_s=wall, event=event.model_dump(mode="json"))
            for seq, wall, event in found[:most]
        ]

    def tree(self, run: str, at: int | None) -> TreeReport:
        """Return the tree of a run with the statuses at one event.

        Nodes that a ``for_each`` adds later are in it, idle.

        Args:
            run: Its number.
            at: Position of the event in the journal; the newest if None.

        Raises:
            ApiError: If there is no such event (404), or the run had no plan by then (409).
        """
        rows = self._rows(run)
        until, last = _row_at(run, rows, at)[0], rows[-1][0] if rows else 0
        planned = [(s, e) for s, _, e in rows if isinstance(e, Planned)]
        if not planned:
            raise ApiError(409, "no-plan", f"run '{run}' had no plan")
        seq, plan = max(((s, e) for s, e in planned if s <= until), default=planned[0],
                        key=lambda one: one[0])  # fmt: skip
        later = min((s for s, _ in planned if s > seq), default=last + 1)
        deployment = self._desk.robot.deployment
        tree = parse_tree(plan.tree, file=f"plan {plan.plan_hash}")
        outline = TreeOutline(tree, plan.arguments, deployment.library, deployment.domain.skills)
        ticks = [(s, e) for s, _, e in rows if isinstance(e, Ticked) and seq < s < later]
        for _, tick in (one for one in ticks if one[0] > until):
            outline.take(dict.fromkeys(tick.changes, "INVALID"))
        for _, tick in (one for one in ticks if one[0] <= until):
            outline.take(tick.changes)
        return outline.report(plan.plan_hash, until)

    def picture(self, run: str, at: int | None, camera: str = "") -> Picture:
        """Return the picture of a run at one event.

        Args:
            run: Its number.
            at: Position of the event in the journal; the newest if None.
            camera: Name of one of the robot's cameras; empty for the view that people get.

        Raises:
            ApiError: If there is no such event or no picture (404), or the robot runs (409): what
                draws it would take the time of its ticks.
            TreehandError: As `RunPictures.picture` does.
        """
        files = self._workspace.find_run(run)
        _, time_s = _row_at(run, self._rows(run), at)
        self._require_rest()
        return self._pictures.picture(files, time_s, camera)

    def cameras(self, run: str) -> list[str]:
        """Return the cameras of a run whose pictures can be drawn; raises as `picture` does."""
        files = self._workspace.find_run(run)
        self._require_rest()
        return self._pictures.cameras(files)

    def close(self) -> None:
        """End what draws pictures."""
        self._pictures.close()

    def explain(self, run: str, question: str) -> list[str]:
        """Return the answer to a question about a run, line by line."""
        entries = list(read_entries(self._workspace.find_run(run).journal))
        return [str(line) for line in explain(entries, question)]

    def fork(self, run: str, tick: int, change: str) -> ForkReport:
        """Return the comparison of a run with its execution under one change.

        Raises:
            InputError: As `fork_run` does.
        """
        files = self._workspace.find_run(run)
        if files.is_live():
            raise ApiError(409, "in-use", f"run '{files.run}' still runs", "wait for its end")
        deployment = KnownDeployment.of_run(files).load_unchanged()
        return fork_run(files, tick, change, deployment)

    def _require_rest(self) -> None:
        if self._desk.work == "running":
            hint = "wait for the end of the run"
            raise ApiError(409, "busy", "moments are drawn while the robot runs nothing", hint)

    def _rows(self, run: str) -> Sequence[tuple[int, float | None, Event]]:
        """Return position, wall time and event; of the run under way from the feed."""
        files = self._workspace.find_run(run)
        rows: list[tuple[int, float | None, Event]] = []
        if self._desk.run_id == files.run and self._desk.work == "running":
            live = [e for e in self._desk.feed.of_run(files.run) if e.seq]
            if live and live[0].seq == 1:
                return [(entry.seq, None, entry.event) for entry in live]  # type: ignore[misc]
        for entry in read_entries(files.journal):
            rows.append((entry.seq, entry.wall_s, entry.event))
        return rows


def _row_at(
    run: str, rows: Sequence[tuple[int, float | None, Event]], at: int | None
) -> tuple[int, float]:
    """Return position and run time of an event; the newest if None.

    Raises:
        ApiError: If there is no such event (404).
    """
    last = rows[-1][0] if rows else 0
    if at is None:
        return last, rows[-1][2].t_s if rows else 0.0
    found = next((event for seq, _, event in rows if seq == at), None)
    if found is None:
        hint = f"it has events 1 to {last}"
        raise ApiError(404, "out-of-range", f"run '{run}' has no event {at}", hint)
    return at, found.t_s
