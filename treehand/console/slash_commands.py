"""The slash commands of a conversation."""

from __future__ import annotations

from pathlib import Path

from treehand.console.dialogs.proposal_desk import ProposalDesk
from treehand.console.dialogs.standing_dialog import StandingDialog
from treehand.console.export import export_run
from treehand.console.goal_queue import GoalQueue
from treehand.console.help_text import help_text
from treehand.console.messages import Proposed, Said, Tell
from treehand.console.run_control import RunControl
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.sessions.robot import Robot

COMMANDS = ("save", "plan", "queue", "orders", "forget", "help", "quit")


class SlashCommands:
    """Obeys ``/save``, ``/plan``, ``/queue``, ``/orders`` and ``/help``.

    Args:
        robot: Has the scene and the seed of the runs.
        tell: Shows a message.
        runs: The run under way, and the last one.
        desk: The plan that waits.
        queue: The goals that wait.
        folder: Folder of the files that ``/save`` writes.
    """

    def __init__(
        self,
        robot: Robot,
        tell: Tell,
        *,
        runs: RunControl,
        desk: ProposalDesk,
        queue: GoalQueue,
        folder: Path,
    ) -> None:
        self._robot = robot
        self._tell = tell
        self._runs = runs
        self._desk = desk
        self._queue = queue
        self._folder = folder

    def obey(self, text: str) -> None:
        """Obey a command.

        Args:
            text: The line without its slash.
        """
        name, _, rest = text.partition(" ")
        if name == "save":
            self._save(rest.strip())
        elif name == "plan":
            live = self._runs.live
            job = self._desk.job or (live.job if live is not None else None) or self._runs.last
            self._tell(Proposed(job.plan, is_whole=True) if job else Said("there is no plan"))
        elif name == "queue":
            self._tell(Said("\n".join(self._queue.texts) or "nothing waits"))
        elif name == "orders":
            StandingDialog(self._robot, self._tell).show()
        elif name == "help":
            self._tell(Said(help_text(self._robot.deployment.lexicon)))
        else:
            known = ", ".join(f"/{command}" for command in COMMANDS)
            self._tell(Said(f"there is no /{name}; there is {known}"))

    def _save(self, name: str) -> None:
        job = self._runs.last
        if job is None or job.result is None or job.result.outcome is not Outcome.SUCCESS:
            self._tell(Said("nothing to save yet: /save NAME keeps the last run that succeeded"))
            return
        robot = self._robot
        seed, scene = robot.settings.seed, robot.deployment.scene
        tree, scenario = export_run(name, job, seed=seed, scene=scene, folder=self._folder)
        self._tell(Said(f"saved {tree} and {scenario}; run them with: treehand test {scenario}"))
