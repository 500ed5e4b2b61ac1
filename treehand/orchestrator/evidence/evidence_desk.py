"""Detectors of one run: they score facts, and thresholds turn scores into percepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue

from treehand.core.clock import Clock
from treehand.core.error_record import PluginError, error_record, raise_plugin_error
from treehand.core.errors import ContractError
from treehand.core.events import DetectorScored, Event, Logged, ModelCalled
from treehand.core.literals import Fact
from treehand.core.text.outside_values import shown
from treehand.core.tracing import Tracing
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.detector_settings import DetectorModel
from treehand.orchestrator.evidence.model_detector import ModelDetector
from treehand.planners.llm import Ledger, Meter, ModelName, open_chat
from treehand.planners.llm.asking.meter import NoLedger
from treehand.skills import (
    CommandGate,
    DetectorContext,
    Embodiment,
    EvidenceSource,
    FactRule,
    GripperScore,
    MotionFence,
    ScorerDetector,
    ScoreThreshold,
)
from treehand.skills.domain import Facts, FactsView, Formula, Percept

LEAST_CHANGE = 0.05
"""Change of a score that is journalled without a change of the decision."""
SOURCE = "detector "
"""Beginning of the source of a detector's percepts."""


@dataclass
class _Scored:
    """One detector of the deployment, with what it has told."""

    name: str
    model: DetectorModel
    detector: EvidenceSource
    threshold: ScoreThreshold
    facts: tuple[Fact, ...]
    variables: tuple[str | None, ...]
    due_s: float = 0.0
    told: dict[Fact, tuple[float, bool | None]] = field(default_factory=dict)

    def is_meant(self, fact: Fact, facts: Facts) -> bool:
        """Return True if a fact is scored now."""
        when: Formula | None = self.model.when
        if when is None:
            return True
        pairs = zip(self.variables, fact.terms, strict=True)
        names = {variable: term for variable, term in pairs if variable is not None}
        return when.substitute(names).holds(facts) is True


class EvidenceDesk:
    """Runs the detectors of a deployment.

    Args:
        deployment: Its detectors, and its language model.
        robot: The robot, for readings and pictures.
        facts: Beliefs of the run.
        clock: The run's time.
        emit: Takes scores and calls of the model as events.
        truth: Gives the truth of a fact for the journal; None where nobody knows it.
        ledger: What the language model has cost before.
        tracing: Makes the spans of its calls.
    """

    def __init__(
        self,
        deployment: Deployment,
        robot: Embodiment,
        facts: Facts,
        clock: Clock,
        *,
        emit: Callable[[Event], None],
        truth: Callable[[Fact], bool | None],
        ledger: Ledger | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        self._deployment = deployment
        self._facts = facts
        self._clock = clock
        self._emit = emit
        self._truth = truth
        self._ledger = ledger or NoLedger()
        self._tracing = tracing
        self._meter: Meter | None = None
        self._late: SimpleQueue[Event] = SimpleQueue()
        """Events of the threads that ask a model, for the run's thread to emit."""
        fence = MotionFence()
        fence.close()  # a detector looks; it commands nothing
        watched = CommandGate(robot, fence, "a detector", clock).robot()
        self._context = DetectorContext(watched, FactsView(facts), clock)
        self._scored = [
            self._made(name, model)
            for name, model in deployment.detectors.items()
            if model.scorer is None or name in deployment.scorers  # else it was only read
        ]

    def percepts(self, now_s: float) -> Iterator[Percept]:
        """Yield what the detectors tell now.

        Raises:
            PluginError: If a scorer raises, or returns no score.
        """
        while not self._late.empty():
            self._emit(self._late.get())
        for one in self._scored:
            held_s = one.threshold.next_s()
            if now_s < one.due_s and (held_s is None or now_s < held_s):
                continue
            one.due_s = now_s + (0.0 if one.model.ask is not None else one.model.every_s)
            for fact in one.facts:
                if not one.is_meant(fact, self._facts):
                    continue
                score = one.detector.score(fact)
                value = one.threshold.decide(fact, score, now_s)
                if score is not None:
                    self._journal(one, fact, score, value, now_s)
                if score is not None and value is (score >= one.threshold.at):
                    # an older decision that the score does not speak for is not told again
                    confidence = max(score, 1.0 - score)
                    yield Percept(fact, value, SOURCE + one.name, now_s, confidence)

    def begin_run(self) -> None:
        """Journal the present scores again, with the next look: a run of its own begins."""
        for one in self._scored:
            one.told.clear()

    def next_s(self) -> float | None:
        """Return the run time at which a new decision is due; None if none is."""
        held = (one.threshold.next_s() for one in self._scored)
        return min((time_s for time_s in held if time_s is not None), default=None)

    def _journal(
        self, one: _Scored, fact: Fact, score: float, value: bool | None, now_s: float
    ) -> None:
        before = one.told.get(fact)
        if before is not None and before[1] is value and abs(before[0] - score) < LEAST_CHANGE:
            return
        one.told[fact] = (score, value)
        self._emit(
            DetectorScored(
                t_s=now_s,
                detector=one.name,
                fact=fact,
                score=score,
                value=value,
                threshold=one.threshold.at,
                truth=self._truth(fact),
            )
        )

    def _made(self, name: str, model: DetectorModel) -> _Scored:
        deployment = self._deployment
        variables = model.variables(deployment.domain)
        threshold = ScoreThreshold(model.threshold, model.hysteresis, model.hold)
        facts = model.facts(deployment.domain, deployment.vocabulary)
        detector = self._detector(name, model, variables)
        return _Scored(name, model, detector, threshold, facts, variables)

    def _detector(
        self, name: str, model: DetectorModel, variables: tuple[str | None, ...]
    ) -> EvidenceSource:
        context = self._context
        if model.rule is not None:
            return FactRule(model.rule, variables, context.facts)
        if model.gripper is not None:
            return GripperScore(model.gripper, context.embodiment)
        if model.scorer is not None:
            return ScorerDetector(name, self._scorer(name))
        question = model.ask or ""

        def asked(fact: Fact) -> str:
            text = question
            for variable, term in zip(variables, fact.terms, strict=True):
                text = text.replace(f"{{{variable}}}", term.replace("_", " "))
            return text

        robot, camera = context.embodiment, model.camera

        def note(text: str) -> None:
            line = f"detector '{name}' leaves its facts unknown: {text}"
            self._late.put(Logged(t_s=self._clock.now_s(), path=SOURCE + name, text=line))

        every_s = model.every_s
        return ModelDetector(self._model, asked, robot, camera, every_s, self._clock, note)

    def _scorer(self, name: str) -> Callable[[Fact], object]:
        makes, subject = self._deployment.scorers[name], f"detector '{name}'"
        try:
            made: Callable[[Fact], object] = makes(self._context)
        except BaseException as error:  # a `sys.exit` of a library, too
            raise_plugin_error(subject, error, called=makes)
        if not callable(made):
            problem = (
                f"wrong-detector: it returned {shown(made)}, which is no function of a fact\n"
                "  hint: take the context, and return a function from a fact to a score"
            )
            code = getattr(makes, "__code__", None)
            raise PluginError(subject, error_record(ContractError(problem, code)))
        return made

    def _model(self) -> Meter:
        """Return the language model with its budget; made when it is asked first."""
        if self._meter is None:
            settings = self._deployment.llm
            name = ModelName.parse(settings.model or "")
            chat = open_chat(name, settings)
            self._meter = Meter(
                chat,
                name,
                settings,
                ledger=self._ledger,
                sink=self._called,
                tracing=self._tracing,
            )
        return self._meter

    def _called(self, call: ModelCalled) -> None:
        self._late.put(call.model_copy(update={"t_s": self._clock.now_s()}))
