"""Laws of snapshots: what is put back goes on as it did; classes name all that changes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.driving import Session
from treehand.core.clock import VirtualClock
from treehand.core.events import SkillEnded
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import FailureCode, HaltStep, Skill, SkillStep
from treehand.skills.domain import QuantifierBindings
from treehand.trees import (
    CompiledTree,
    Snapshots,
    Status,
    SymbolicBeliefs,
    parse_tree,
    symbolic_runtime,
    visit,
)
from treehand.trees.assembly.snapshots import _CHANGING, _walk
from treehand.trees.nodes.for_each import ForEachNode

FIXED = {"parent", "children", "_by_object", "iterator", "blackboards"}
"""Attributes that belong to the shape of a tree, or to py_trees' own ticking."""
CODES = [None, None, FailureCode.GRASP_DROPPED, FailureCode.PATH_BLOCKED]
GOALS = [
    "put the milk in the fridge and close the fridge",
    "put both mugs in the sink and wipe the table",
    "pick up the blue mug and close the cupboard",
]
TREE = """
tree: mixed
domain: kitchen
root:
  sequence:
    - do: go_to(table)
      timeout: 20 s
      optional: true
    - parallel:
        - do: look_for(apple)
        - check: hand_empty()
      while: hand_empty()
    - repeat: 2
      do: turn_on(right_knob)
    - fallback:
        - do: pick(apple)
          retry: {attempts: 2, on: [grasp-dropped], first: look_for(apple)}
        - invert: true
          check: holding(apple)
"""


class Scripted(Skill):
    """Takes a second and ends as a list says."""

    def __init__(self, clock, draw):
        self.ends_s, self._clock, self._draw = clock.now_s() + 1.0, clock, draw

    def start(self):
        pass

    def step(self):
        if self._clock.now_s() < self.ends_s:
            return SkillStep.running(self.ends_s)
        code = self._draw()
        return SkillStep.failure(code, "drawn") if code else SkillStep.success()

    def halt(self):
        return HaltStep.DONE


class Bench:
    """A tree run in a rollout, one wake-up at a time."""

    def __init__(self, spec, session: Session) -> None:
        self.codes: list[FailureCode | None] = []
        self.events: list[tuple[str, str]] = []
        self.clock = VirtualClock()
        deployment = session.deployment
        self.runtime = symbolic_runtime(
            deployment.domain,
            SymbolicBeliefs(
                session.world_model.facts.copy(), QuantifierBindings(), self.clock, self._note
            ),
            lambda activation: Scripted(self.clock, self._draw),
            is_paranoid=True,
        )
        self.compiled = CompiledTree(spec, {}, deployment.library, self.runtime)
        self.snapshots = Snapshots(self.compiled, self.runtime)

    def _note(self, event):
        if isinstance(event, SkillEnded):
            self.events.append((str(event.call), event.result))

    def _draw(self):
        return self.codes.pop(0) if self.codes else None

    def run(self, codes, *, most: int) -> list[tuple[str, str]]:
        self.codes, self.events = list(codes), []
        for _ in range(most):
            self.runtime.arbiter.poll()
            self.runtime.step_due()
            visit(self.compiled.root)
            next_s = self.runtime.wakeups.next_s()
            if self.compiled.root.status is not Status.RUNNING or next_s is None:
                break
            self.clock.wait_until(next_s)
        return self.events


@pytest.fixture(scope="module")
def specs():
    session = Session(Deployment.load(), seed=0)
    plans = [session.plan(session.understand(goal)).tree for goal in GOALS]
    return session, [*plans, parse_tree(TREE, file="mixed.tree.yaml")]


@settings(max_examples=60, database=None)
@given(data=st.data())
def test_what_is_put_back_goes_on_as_it_did(specs, data):
    session, trees = specs
    bench = Bench(data.draw(st.sampled_from(trees)), session)
    some = st.lists(st.sampled_from(CODES), max_size=8)
    bench.run(data.draw(some), most=data.draw(st.integers(1, 12)))
    taken, digest, now_s = bench.snapshots.take(), bench.snapshots.digest(), bench.clock.now_s()
    codes = data.draw(some)
    first = bench.run(codes, most=200)
    end = bench.snapshots.digest()
    bench.snapshots.put_back(taken)
    assert bench.snapshots.digest() == digest
    assert bench.clock.now_s() == now_s
    bench.run(data.draw(some), most=15)
    bench.snapshots.put_back(taken)
    assert bench.run(codes, most=200) == first
    assert bench.snapshots.digest() == end


@settings(max_examples=30, database=None)
@given(which=st.integers(0, len(GOALS)), codes=st.lists(st.sampled_from(CODES), max_size=10))
def test_every_class_names_all_that_changes(specs, which, codes):
    session, trees = specs
    bench = Bench(trees[which], session)
    before = {node: dict(node.__dict__) for node in _walk(bench.compiled.root)}
    for code in codes:
        bench.run([code], most=1)
        for node, was in before.items():
            now = node.__dict__
            changed = {name for name in now if now[name] is not was.get(name, now[name])}
            assert changed <= {*_CHANGING[node.__class__].names, *FIXED}, node.__class__


@settings(max_examples=30, database=None)
@given(which=st.integers(0, len(GOALS)), codes=st.lists(st.sampled_from(CODES), max_size=10))
def test_a_loop_knows_the_member_that_runs(specs, which, codes):
    session, trees = specs
    bench = Bench(trees[which], session)
    taken = bench.snapshots.take()
    for code in (*codes, "back", *codes):
        if code == "back":
            bench.snapshots.put_back(taken)
        else:
            bench.run([code], most=2)
        for node in _walk(bench.compiled.root):
            if isinstance(node, ForEachNode):
                running = [one for one in node.children if one.status is Status.RUNNING]
                assert node.running() == running


def test_a_simulation_makes_only_the_nodes_that_it_comes_to(specs):
    session, [tree, *_] = specs
    bench = Bench(tree, session)
    before = bench.snapshots.take()
    bench.run([], most=200)
    made = set(bench.compiled.nodes)
    bench.snapshots.put_back(before)
    assert bench.snapshots.digest().nodes == ()
    assert {node.status for node in _walk(bench.compiled.root)} == {Status.INVALID}
    bench.compiled.make_all()
    assert made < set(bench.compiled.nodes)
