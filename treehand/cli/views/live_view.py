"""Live view of a run, made from the event stream."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.segment import Segment, Segments
from rich.text import Text

from treehand.cli.views.echo import without_echo
from treehand.core.events import Event, Planned, QuestionAnswered, QuestionAsked
from treehand.orchestrator.history.activity import Activity
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.people.person import Nobody
from treehand.orchestrator.people.plan_diff import PlanDiff
from treehand.orchestrator.sessions.robot import Robot
from treehand.planners import Plan
from treehand.trees.assembly.node_compiler import NodeView
from treehand.trees.assembly.run_drawing import tree_of_view

STOPPED = "bold white on red"
"""Style of the line that says that the robot is stopped."""


class LiveView:
    """Lines as things happen and, on a terminal, the tree with its statuses below them.

    The tree takes half of the screen at most. The leaf that runs is always in it, and the line
    with the step and the time that is left always below it.

    Args:
        console: Where it is shown.
        robot: The robot whose run is shown.
        plan: The plan that runs first.
    """

    def __init__(self, console: Console, robot: Robot, plan: Plan) -> None:
        self._console = console
        self._robot = robot
        self._activity = Activity(robot.deployment.domain, plan)
        self._live: Live | None = None
        self._keys = ExitStack()
        self._changes = PlanDiff(plan.tree)
        self._is_asked_here = not isinstance(robot.settings.person, Nobody)

    def __enter__(self) -> LiveView:
        self._unsubscribe = self._robot.world.stream.subscribe(self._on_event)
        self._begin_live()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._unsubscribe()
        self._end_live()

    def _begin_live(self) -> None:
        if self._console.is_terminal and self._live is None:
            self._live = Live(
                console=self._console,
                get_renderable=self._render,
                refresh_per_second=8,
                transient=True,
            )
            self._keys.enter_context(without_echo())
            self._live.start()

    def _end_live(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()
        self._keys.close()

    def _on_event(self, event: Event) -> None:
        """Show an event; an output that is lost stops the robot, as a closed terminal does."""
        try:
            self._show(event)
        except OSError as error:
            self._unsubscribe()
            self._live = None
            self._robot.stop(f"the output is lost: {error.strerror}", by="the output")

    def _show(self, event: Event) -> None:
        self._activity.take(event)
        if isinstance(event, QuestionAsked):
            self._end_live()  # the person sees the question, and it alone, as the last line
        line = None if self._is_seen(event) else event_line(event)
        if line is not None:
            self._console.print(line)
        if isinstance(event, Planned):
            for change in self._changes.lines(event):
                self._console.print(change)
        if isinstance(event, QuestionAnswered):
            self._begin_live()

    def _is_seen(self, event: Event) -> bool:
        """Return True for questions and answers that the person has on the screen anyway."""
        if isinstance(event, QuestionAnswered):
            return self._is_asked_here and not event.is_default
        return isinstance(event, QuestionAsked) and self._is_asked_here

    def _render(self) -> RenderableType:
        session = self._robot.runs.current
        run = session.run if session is not None else None
        status = self._status(is_stopped=run is not None and run.is_stopped)
        if run is None or run.compiled is None:
            return status
        return Group(_folded(self._console, run.compiled.view), status)

    def _status(self, *, is_stopped: bool) -> Text:
        now_s = self._robot.world.clock.now_s()
        stop = self._robot.parts.stops.stop
        if stop is not None or is_stopped:
            reason = f" · {stop.reason}" if stop is not None else ""
            return Text(f"STOPPED{reason}", style=STOPPED, no_wrap=True, overflow="ellipsis")
        line = Text(self._activity.line(now_s), style="bold", overflow="ellipsis")
        note = self._activity.note
        if note and len(line) + len(note) + 2 < self._console.width:
            line.append(f"  {note}", style="dim")
        return line


def _folded(console: Console, view: NodeView) -> RenderableType:
    """Return a tree in half of the screen: without what has failed, then without what is above."""
    most = max(console.height // 2, 3)
    options = console.options.update(no_wrap=True, overflow="ellipsis")
    rows: list[list[Segment]] = []
    for has_failed in (True, False):
        tree = tree_of_view(view, has_failed=has_failed)
        rows = console.render_lines(tree, options, pad=False)
        if len(rows) <= most:
            break
    if len(rows) > most:
        rows = [rows[0], [Segment("…")], *rows[2 - most :]]
    return Segments(segment for row in rows for segment in (*row, Segment.line()))
