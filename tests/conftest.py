"""Fixtures that several kinds of tests share: the kitchen, and trees on a test bench."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from treehand.core.clock import VirtualClock
from treehand.core.events import Event
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.sessions.session import Session
from treehand.planners import Plan
from treehand.skills.domain import Domain, Facts, Percept, QuantifierBindings, Scene, parse_formula
from treehand.trees import (
    Activation,
    CompiledTree,
    Runtime,
    Substitution,
    Substitutions,
    TreeLibrary,
    parse_tree,
    visit,
)

# Examples are searched at random while developing, and are the same every time in CI.
settings.register_profile("treehand", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("treehand")


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
    monkeypatch.setenv("TREEHAND_PARANOID", "1")


@pytest.fixture
def session(deployment: Deployment) -> Session:
    return Session(deployment, seed=0)


def believe(facts: Facts, *texts: str) -> None:
    """Write literals into facts as a person would say them."""
    atoms = [parse_formula(text) for text in texts]
    facts.observe(Percept(atom.fact, atom.positive, "test", 0.0) for atom in atoms)  # type: ignore[union-attr]


Answers = Callable[[str, int], object]


class Bench:
    """A tree on the engine with skills that answer from a list, for tests of nodes.

    Args:
        deployment: For the domain and its vocabulary.
        text: The tree as YAML.
        answers: Call text to the skills that successive activations use.
    """

    def __init__(
        self,
        deployment: Deployment,
        text: str,
        answers: dict[str, list[object]],
        substitutions: Sequence[Substitution] = (),
    ) -> None:
        self.clock = VirtualClock()
        self.events: list[Event] = []
        self.facts = Facts(deployment.vocabulary)
        self.made: list[str] = []
        self.activations: list[Activation] = []
        self._answers = {call: list(skills) for call, skills in answers.items()}
        self.runtime = Runtime(
            domain=deployment.domain,
            facts=self.facts,
            members=QuantifierBindings(),
            clock=self.clock,
            emit=self.events.append,
            sense=lambda: None,
            make_skill=self._make,
            substitutions=Substitutions(substitutions),
            is_paranoid=True,
        )
        tree = parse_tree(text, file="bench.tree.yaml")
        self.compiled = CompiledTree(tree, {}, TreeLibrary.packaged(), self.runtime)

    def _make(self, activation):
        self.made.append(str(activation.call))
        self.activations.append(activation)
        if activation.stand_in is not None:
            return activation.stand_in(activation)
        return self._answers[str(activation.call)].pop(0)

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
    return lambda text, answers=None, substitutions=(): Bench(
        deployment, text, answers or {}, substitutions
    )


def planned(session: Session, text: str) -> Plan:
    """Return the plan for a goal, which there must be."""
    plan = session.plan(session.understand(text))
    assert isinstance(plan, Plan), plan
    return plan
