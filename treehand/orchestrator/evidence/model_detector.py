"""Detector that asks a vision-language model, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from treehand.core.clock import Clock
from treehand.core.errors import TreehandError
from treehand.core.literals import Fact
from treehand.orchestrator.people.pictures import png
from treehand.planners.llm import Meter
from treehand.planners.llm.asking.picture_question import picture_question, score_of
from treehand.skills import Embodiment, EvidenceSource

SIZE = (480, 640)
"""Height and width of the picture, in pixels."""


class ModelDetector(EvidenceSource):
    """Asks one question at a time; a fact is unknown until its answer has come.

    A model that fails, a spent budget and a camera that gives no picture leave the fact unknown.

    Args:
        meter: The model with its budget; called when the first question is asked.
        question: Gives the question about a fact.
        robot: Gives the pictures.
        camera: Camera that is asked about.
        every_s: Shortest time between two questions about a fact, in run seconds.
        clock: The run's time; it does not jump while the model is asked.
        note: Takes what went wrong, once for each problem.
    """

    def __init__(
        self,
        meter: Callable[[], Meter],
        question: Callable[[Fact], str],
        robot: Embodiment,
        camera: str,
        every_s: float,
        clock: Clock,
        note: Callable[[str], None],
    ) -> None:
        self._meter = meter
        self._question = question
        self._robot = robot
        self._camera = camera
        self._every_s = every_s
        self._due_s: dict[Fact, float] = {}
        self._clock = clock
        self._note = note
        self._answers: dict[Fact, float | None] = {}
        self._lock = threading.Lock()
        self._is_asking = False
        self._problems: set[str] = set()

    def score(self, fact: Fact) -> float | None:
        """Return a new answer about a fact, and ask again when that is due."""
        with self._lock:
            answer = self._answers.pop(fact, None)
            now_s = self._clock.now_s()
            if answer is not None or self._is_asking or now_s < self._due_s.get(fact, now_s):
                return answer
            self._is_asking = True
            self._due_s[fact] = now_s + self._every_s
        self._clock.hold()
        threading.Thread(target=self._ask, args=(fact,), name="detector", daemon=True).start()
        return None

    def _ask(self, fact: Fact) -> None:
        score: float | None = None
        try:
            picture = self._robot.frames([self._camera], SIZE).rgb[self._camera]
            request = picture_question(self._question(fact), png(picture))
            reply = self._meter().ask(request, purpose="detection", round_=1, hear=_ignore)
            score = score_of(reply.text)
        except Exception as error:  # a driver, a client: the fact stays unknown
            told = str(error) if isinstance(error, TreehandError) else repr(error)
            if told not in self._problems:
                self._problems.add(told)
                self._note(told)
        with self._lock:
            self._answers[fact] = score
            self._is_asking = False
        self._clock.release()


def _ignore(piece: str) -> None:
    """Take a piece of an answer."""
