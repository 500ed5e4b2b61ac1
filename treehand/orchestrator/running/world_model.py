"""World, beliefs and clock of a run, and the belief loop between them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from treehand.core.clock import Clock
from treehand.core.error_record import raise_plugin_error
from treehand.core.events import Event, EventStream, OracleRead, PerceptDropped
from treehand.core.keyed_random import KeyedRandom
from treehand.core.tracing import NoTracing, Tracing
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.evidence.evidence_desk import EvidenceDesk
from treehand.orchestrator.running.watching.limit_book import LimitBook
from treehand.orchestrator.safety.call_guard import CallGuard
from treehand.orchestrator.safety.watchdog import SIMULATED_S
from treehand.planners import PlanningProblem
from treehand.planners.goals.duties import mess_in
from treehand.planners.llm import Ledger
from treehand.skills import World, WorldStore
from treehand.skills.domain import Atom, Fact, Facts, Percept, QuantifierBindings
from treehand.skills.domain.knowledge.facts import MEMORY
from treehand.trees import Blockages, facts_changed
from treehand.worlds import CheckedWorld, WorldContext, open_checked
from treehand.worlds.blocked_call import BlockedCall, CallWatch
from treehand.worlds.checked_world import blocked_world
from treehand.worlds.declared import DeclaredWorld

MAX_DROPS_TOLD = 20
"""Number of objects of which a run tells that the scene does not have them."""
PARANOID = "TREEHAND_PARANOID"
"""Environment variable: every run re-evaluates conditions whose kept values it uses."""


def _is_paranoid() -> bool:
    return bool(os.environ.get(PARANOID))


@dataclass(eq=False)
class WorldModel:
    """World, beliefs and clock of one run; made by `open_world`."""

    deployment: Deployment
    seed: int
    """Seed of every random draw of the run."""
    clock: Clock
    random: KeyedRandom
    world: World
    checked: CheckedWorld
    """The same world, behind checks of what it returns."""
    facts: Facts
    first_look: tuple[Percept, ...]
    """Percepts of the first look at the world."""
    surprises: tuple[Percept, ...]
    """Those among them that changed a belief."""
    bindings: QuantifierBindings = field(default_factory=QuantifierBindings)
    """Objects bound by each quantifier so far."""
    limits: LimitBook = field(default_factory=LimitBook)
    """Limits on speed and grip force that a person set."""
    stream: EventStream = field(default_factory=EventStream)
    tracing: Tracing = field(default_factory=NoTracing)
    """Makes the spans of the run; what a leaf asks of another process carries its span."""
    told: set[str] = field(default_factory=set)
    """Predicates that the world has told something about so far."""
    is_paranoid: bool = field(default_factory=_is_paranoid)
    """True if conditions are evaluated at every use, to find values that were kept wrongly."""
    blockages: Blockages = field(init=False)
    """Causes for which calls of this run have failed, and fail again while they stand."""
    evidence: EvidenceDesk | None = None
    """Detectors of the deployment; None if it has none."""
    _drops_told: int = 0
    """Number of dropped percepts that this run has told of."""
    _has_broken_off: bool = False
    """True if an exception has ended this run, and the robot is brought to rest."""
    _is_blind: bool = False
    """True if the world has failed since then; it is not called again."""

    old_mess: frozenset[str] = field(init=False)
    """Objects for which a maintenance goal did not hold when the run began."""

    def __post_init__(self) -> None:
        self.blockages = Blockages(self.deployment.domain)
        self.old_mess = mess_in(self.deployment.domain, self.facts)

    @property
    def planning_problem(self) -> PlanningProblem:
        """Return the problem of planning from the current beliefs; `facts` are not copied."""
        deployment = self.deployment
        return PlanningProblem(
            deployment.domain,
            deployment.scene,
            self.facts,
            deployment.library,
            self.bindings,
            blockages=tuple(self.blockages),
            old_mess=self.old_mess,
        )

    def for_next_run(self, random: KeyedRandom) -> WorldModel:
        """Return the same world, beliefs, clock and events for another run, with its own draws."""
        if self.evidence is not None:
            self.evidence.begin_run()
        return replace(
            self,
            random=random,
            bindings=QuantifierBindings(),
            _drops_told=0,
            _has_broken_off=False,
            _is_blind=False,
        )

    def emit(self, event: Event) -> None:
        """Pass an event to every subscriber."""
        self.stream.emit(event)

    def sense(self) -> None:
        """Advance the world to the clock's time and update the beliefs from its percepts.

        Raises:
            PluginError: If the world raises, or returns something else than percepts of the
                domain's predicates; not after `break_off`.
        """
        self._call(self._sense)

    def advance(self) -> None:
        """Advance the world to the clock's time; raises `PluginError`, not after `break_off`."""
        self._call(lambda: self.checked.advance(self.clock.now_s()))

    def break_off(self) -> None:
        """Let the world fail from now on: the robot is brought to rest, whatever is broken."""
        self._has_broken_off = True

    def _call(self, function: Callable[[], None]) -> None:
        if self._is_blind:
            return
        try:
            function()
        except (Exception, SystemExit):
            if not self._has_broken_off:
                raise
            self._is_blind = True

    def _sense(self) -> None:
        now_s = self.clock.now_s()
        self.checked.advance(now_s)
        percepts = self.checked.perceive()
        self._report_drops(now_s)
        self.told.update(percept.fact.predicate for percept in percepts)
        changed = list(self.facts.observe(percepts))
        if self.evidence is not None:
            changed += self.facts.observe(tuple(self.evidence.percepts(now_s)))
        if changed:
            self.emit(facts_changed(changed, now_s))

    def guarded(self, tell: Callable[[str], None]) -> CallGuard:
        """Return the guard of a look at the world outside of a run."""
        return _guard(self.deployment, self.checked.watch, tell)

    @property
    def look_limit_s(self) -> float:
        """Return the wall time after which a look at the world outside of a run is broken off."""
        return _limit_s(self.deployment)

    @property
    def world_name(self) -> str:
        """Return the name of the world."""
        return self.deployment.kind.name

    def has_told(self, predicate: str) -> bool:
        """Return True if the world has ever told anything about a predicate."""
        return predicate in self.told

    def report_beliefs(self) -> None:
        """Emit everything that is believed now."""
        now_s = self.clock.now_s()
        self.emit(facts_changed(self.facts.percepts(), now_s))
        self._report_drops(now_s)

    def _report_drops(self, now_s: float) -> None:
        """Emit the percepts about objects that are not of the scene, one for each object."""
        drops = self.checked.drops[self._drops_told : MAX_DROPS_TOLD]
        self._drops_told += len(drops)
        for drop in drops:
            told, problem = drop
            self.emit(PerceptDropped(t_s=now_s, world=self.world_name, told=told, problem=problem))

    def truth(self, purpose: str) -> Facts | None:
        """Return the true state, for evaluation only; the look is journalled.

        None where the world cannot tell it.
        """
        if self.checked.has_truth:
            self.emit(OracleRead(t_s=self.clock.now_s(), purpose=purpose))
        return self.unjournalled_truth()

    def truth_of(self, fact: Fact) -> bool | None:
        """Return the truth of one fact, for choosing a detector's threshold; None if unknown."""
        told = self.checked.truth()
        return told.value(fact) if told is not None else None

    def unjournalled_truth(self) -> Facts | None:
        """Return the true state, with what the scene gives; None where the world cannot tell it."""
        told = self.checked.truth()
        if told is None:
            return None
        truth = told.copy()
        truth.observe(_given(self.deployment))
        return truth


def open_world(
    deployment: Deployment,
    *,
    seed: int,
    clock: Clock,
    store: WorldStore | None = None,
    memory: Sequence[Percept] = (),
    bindings: QuantifierBindings | None = None,
    ledger: Ledger | None = None,
    tracing: Tracing | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> WorldModel:
    """Open the world of a deployment, take a first look, and return the model of it.

    Args:
        deployment: World kind, scene and domain.
        seed: Seed of every random draw of the run.
        clock: The run's time.
        store: Keeps the true state of a simulated world; nowhere if left out.
        memory: Beliefs at the end of an earlier process, for a resumed run.
        bindings: Objects that quantifiers had bound then.
        ledger: What language models have cost before; nothing if left out.
        tracing: Makes the spans of the run; none if left out.
        tell: Called with a line for a person while the world takes long.

    Raises:
        PluginError: If the world raises, returns something wrong, or does not return in time.
    """
    facts = Facts(deployment.vocabulary)
    scene = deployment.scene
    facts.observe(_given(deployment))
    if memory:
        remembered = tuple(Atom(percept.fact, percept.value) for percept in memory)
        scene = scene.model_copy(update={"remembered": remembered})
        facts.observe(memory)
    else:
        facts.observe(
            Percept(atom.fact, atom.positive, MEMORY, 0.0, 0.9) for atom in scene.remembered
        )
    random = KeyedRandom(seed)
    played = deployment.file_domain or deployment.domain
    context = WorldContext(played, scene, random, clock, store, deployment.randomize)
    watch = CallWatch()
    with _guard(deployment, watch, tell):
        checked, world = _opened(deployment, context, watch)
        first_look = checked.perceive()
    surprises = tuple(facts.observe(first_look))
    opened = WorldModel(
        deployment=deployment,
        seed=seed,
        clock=clock,
        random=random,
        world=world,
        checked=checked,
        facts=facts,
        first_look=first_look,
        surprises=surprises,
        bindings=bindings if bindings is not None else QuantifierBindings(),
        told={percept.fact.predicate for percept in first_look},
        tracing=tracing or NoTracing(),
    )
    opened.stream.subscribe(opened.tracing.take)
    if deployment.detectors and not isinstance(world, DeclaredWorld):
        opened.evidence = EvidenceDesk(
            deployment,
            world.embodiment,
            facts,
            clock,
            emit=opened.stream.emit,
            truth=opened.truth_of,
            ledger=ledger,
            tracing=tracing,
        )
        facts.observe(tuple(opened.evidence.percepts(clock.now_s())))
        opened.evidence.begin_run()
    return opened


def _guard(deployment: Deployment, watch: CallWatch, tell: Callable[[str], None]) -> CallGuard:
    return CallGuard(watch, deployment.kind.name, _limit_s(deployment), tell)


def _limit_s(deployment: Deployment) -> float:
    return SIMULATED_S if deployment.kind.is_virtual else deployment.opening_s


def _opened(
    deployment: Deployment, context: WorldContext, watch: CallWatch
) -> tuple[CheckedWorld, World]:
    """Return an opened world behind checks, and the world itself; raises `PluginError`."""
    name = deployment.kind.name
    try:
        with watch.inside("its opening"):
            world = open_checked(deployment.kind, context)
    except BlockedCall as error:
        raise blocked_world(f"world '{name}'", "its opening", error) from error
    except BaseException as error:
        raise_plugin_error(f"world '{name}'", error)
    now_s = context.clock.now_s
    return CheckedWorld(world, name, deployment.vocabulary, now_s=now_s, watch=watch), world


def _given(deployment: Deployment) -> tuple[Percept, ...]:
    """Return the facts that only the scene file tells, of predicates ``known_by: given``."""
    predicates = deployment.domain.predicates
    facts = (f for f in deployment.scene.facts if predicates[f.predicate].known_by == "given")
    return tuple(Percept(fact, True, "scene", 0.0) for fact in facts)
