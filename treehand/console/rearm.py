"""Lifting a latched stop: a look, a question, a yes."""

from __future__ import annotations

from collections.abc import Callable

from treehand.console.messages import Asked, Message, Said
from treehand.orchestrator.sessions.session import Session
from treehand.orchestrator.store.workspace import Workspace
from treehand.trees import PersonQuestion

QUESTION = PersonQuestion("Is the way clear? Re-arm?")
BY = "the person at the console"


class RearmDialog:
    """Lifts the stop of the world that a conversation holds.

    Args:
        home: The session that holds it.
        workspace: Where the run that was stopped is journalled.
        tell: Shows a message.
    """

    def __init__(
        self, home: Session, workspace: Workspace, tell: Callable[[Message], None]
    ) -> None:
        self._home = home
        self._workspace = workspace
        self._tell = tell
        self.is_asking = False
        """Whether the next line is expected to answer."""

    @property
    def is_needed(self) -> bool:
        """Return whether the world is stopped."""
        return self._home.latched() is not None

    def warn(self) -> None:
        """Say that nothing can be done before."""
        self._tell(Said("this world is stopped; say 'rearm' when the way is clear"))

    def look(self) -> None:
        """Say what is seen now, and ask."""
        stop = self._home.latched()
        if stop is None:
            self._tell(Said("nothing is stopped"))
            return
        world_model = self._home.world_model
        world_model.sense()
        predicates = world_model.deployment.domain.predicates
        true = world_model.facts.true_facts()
        seen = ", ".join(str(f) for f in true if predicates[f.predicate].known_by != "given")
        self.is_asking = True
        self._tell(Said(f"stopped by {stop.by}: {stop.reason}\nseen now: {seen}"))
        self._tell(Asked(QUESTION))

    def answer(self, *, is_yes: bool, last: Session | None) -> None:
        """Take the answer in.

        Args:
            is_yes: Whether the way is clear.
            last: The session of the run that was stopped, for its journal.
        """
        self.is_asking = False
        if not is_yes:
            self._tell(Said("still stopped"))
        elif not self._home.world_model.world.embodiment.stop().acknowledged:
            self._tell(Said("the robot does not confirm that it is at rest; still stopped"))
        else:
            self._rearm(last)
            self._tell(Said("re-armed; say 'go on' to carry on"))

    def _rearm(self, last: Session | None) -> None:
        if last is None or last.run_id is None:
            self._home.rearm(BY)
            return
        last.rejoin(self._workspace.find_run(last.run_id))
        try:
            last.rearm(BY)
        finally:
            last.close()
