"""Fixtures that several kinds of tests share: the kitchen, and trees on a test bench."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from tests.driving import Session
from tests.gates import own_gate
from tests.samples import SEED
from treehand.core.clock import VirtualClock
from treehand.core.events import Event
from treehand.core.keyed_random import KeyedRandom
from treehand.orchestrator.config.deployment import Deployment
from treehand.planners import Plan
from treehand.skills import (
    MotionFence,
    Skill,
    SkillContext,
    SkillFactory,
)
from treehand.skills.domain import (
    Domain,
    Facts,
    FactsView,
    Percept,
    QuantifierBindings,
    Scene,
    parse_formula,
)
from treehand.skills.testing import ScriptedAnswer, ScriptedSkill
from treehand.trees import (
    Activation,
    Activations,
    Blockages,
    CompiledTree,
    FixedConstraints,
    NoConfirmation,
    PersonPort,
    Runtime,
    RuntimeOptions,
    Substitution,
    Substitutions,
    SymbolicBeliefs,
    SymbolicSkills,
    TreeLibrary,
    parse_tree,
    visit,
)

# Examples are searched at random while developing, and are the same every time in CI.
settings.register_profile("treehand", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("treehand")

# A shell that starts these tests in the background lets every process of them ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# `nohup` lets them ignore that their terminal is gone.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Where readline is loaded (in pytest's main process), it hands these down, with the size of no
# terminal of ours.
for _size in ("COLUMNS", "LINES"):
    os.environ.pop(_size, None)


def pytest_collection_finish() -> None:
    """Let the collector pass over modules and tests: they live as long as the process."""
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str:
    return f"samples: TREEHAND_SAMPLE_SEED={SEED}"


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    return Deployment.load()


@pytest.fixture(scope="session")
def domain(deployment: Deployment) -> Domain:
    return deployment.domain


@pytest.fixture(scope="session")
def scene(deployment: Deployment) -> Scene:
    return deployment.scene


@pytest.fixture
def facts(deployment: Deployment) -> Facts:
    return Facts(deployment.vocabulary)


@pytest.fixture(autouse=True)
def _own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREEHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TREEHAND_REGISTRY", str(tmp_path / "live"))
    monkeypatch.setenv("TREEHAND_PARANOID", "1")


@pytest.fixture
def session(deployment: Deployment) -> Session:
    return Session(deployment, seed=0)


def believe(facts: Facts, *texts: str) -> None:
    """Write literals into facts as a person would say them."""
    atoms = [parse_formula(text) for text in texts]
    facts.observe(Percept(atom.fact, atom.positive, "test", 0.0) for atom in atoms)  # type: ignore[union-attr]


class Bench:
    """A tree on the engine with scripted skills, for tests of nodes.

    Args:
        deployment: For the domain and its vocabulary.
        text: The tree as YAML.
        substitutions: Stand-ins for nodes or skills.
    """

    def __init__(
        self, deployment: Deployment, text: str, substitutions: Sequence[Substitution] = ()
    ) -> None:
        self.clock = VirtualClock()
        self.events: list[Event] = []
        self.facts = Facts(deployment.vocabulary)
        self.made: list[str] = []
        self.activations: list[Activation] = []
        self.skills: dict[str, SkillFactory] = {}
        """What makes the skill of a call."""
        self.runtime = Runtime(
            domain=deployment.domain,
            beliefs=SymbolicBeliefs(
                self.facts, QuantifierBindings(), self.clock, self.events.append
            ),
            skills=SymbolicSkills(self._make),
            safety=FixedConstraints((), deployment.vocabulary),
            people=PersonPort(NoConfirmation()),
            activations=Activations(),
            fence=MotionFence(),
            options=RuntimeOptions(Substitutions(substitutions), is_paranoid=True),
            blockages=Blockages(deployment.domain),
        )
        tree = parse_tree(text, file="bench.tree.yaml")
        self.compiled = CompiledTree(tree, {}, TreeLibrary.packaged(), self.runtime)

    def script(self, call: str, *answers: ScriptedAnswer, halts: int = 0) -> None:
        """Say how a call's activations answer, one after the other."""
        self.skills[call] = ScriptedSkill(answers, halts=halts)

    def _make(self, activation: Activation) -> Skill:
        self.made.append(str(activation.call))
        self.activations.append(activation)
        context = SkillContext(
            call=activation.call,
            attempt=activation.attempt,
            gate=own_gate(None, self.clock),  # a bench has no robot
            clock=self.clock,
            facts=FactsView(self.facts),
            random=KeyedRandom(0),
            note=lambda text: None,
            inputs=activation.inputs,
        )
        return (activation.factory or self.skills[str(activation.call)])(context)

    def seeing(self, *texts: str) -> Callable[[], None]:
        """Return a line for a script: literals that are observed at that moment."""
        return lambda: believe(self.facts, *texts)

    def tick(self) -> str:
        self.runtime.arbiter.poll()
        visit(self.compiled.root)
        return str(self.compiled.root.status.value)

    def run(self, *, limit: int = 100) -> str:
        """Tick, and let time pass as the run loop does, until the tree ends."""
        for _ in range(limit):
            status = self.tick()
            if status != "RUNNING":
                return status
            next_s = self.runtime.wakeups.next_s()
            assert next_s is not None, "the tree waits for nothing"
            self.clock.wait_until(next_s)
        raise AssertionError("the tree does not end")


@pytest.fixture
def bench(deployment: Deployment) -> Callable[..., Bench]:
    return lambda text, substitutions=(): Bench(deployment, text, substitutions)


def planned(session: Session, text: str) -> Plan:
    """Return the plan for a goal, which there must be."""
    plan = session.plan(session.understand(text))
    assert isinstance(plan, Plan), plan
    return plan
