"""Live view of a run, made from the event stream."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from treehand.cli.views.activity import Activity
from treehand.core.events import Event, Planned, QuestionAsked
from treehand.orchestrator.history.event_text import event_line
from treehand.orchestrator.people.plan_diff import PlanDiff
from treehand.orchestrator.sessions.robot import Robot
from treehand.trees import TreeSpec
from treehand.trees.assembly.run_drawing import tree_of_view


class LiveView:
    """Lines as things happen and, on a terminal, the tree with its statuses below them.

    Args:
        console: Where it is shown.
        robot: The robot whose run is shown.
        tree: The tree of the plan that runs first.
    """

    def __init__(self, console: Console, robot: Robot, tree: TreeSpec) -> None:
        self._console = console
        self._robot = robot
        self._activity = Activity()
        self._live: Live | None = None
        self._changes = PlanDiff(tree)

    def __enter__(self) -> LiveView:
        self._unsubscribe = self._robot.world.stream.subscribe(self._on_event)
        if self._console.is_terminal:
            self._live = Live(
                console=self._console,
                get_renderable=self._render,
                refresh_per_second=8,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._unsubscribe()
        if self._live is not None:
            self._live.stop()

    def _on_event(self, event: Event) -> None:
        """Show an event; an output that nobody reads any more does not reach into the run."""
        try:
            self._show(event)
        except (OSError, SystemExit):  # Rich exits on a broken pipe
            self._unsubscribe()
            self._live = None

    def _show(self, event: Event) -> None:
        self._activity.take(event)
        if isinstance(event, QuestionAsked) and self._live is not None:
            self._live.stop()
            self._live = None
        line = event_line(event)
        if line is not None:
            self._console.print(line)
        if isinstance(event, Planned):
            for change in self._changes.lines(event):
                self._console.print(change)

    def _render(self) -> RenderableType:
        session = self._robot.runs.current
        run = session.run if session is not None else None
        now_s = self._robot.world.clock.now_s()
        status = Text(
            f"t={now_s:.1f} s  {self._activity.step}  {self._activity.note}", style="bold"
        )
        if run is None or run.compiled is None:
            return status
        return Group(tree_of_view(run.compiled.view), status)
