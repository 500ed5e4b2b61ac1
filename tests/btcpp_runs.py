"""One tree on the engine of BehaviorTree.CPP and on ours, with leaves that answer alike."""

import pytest

from treehand.core.clock import VirtualClock
from treehand.skills import FailureCode, HaltStep, Skill, SkillStep
from treehand.skills.domain import Facts, QuantifierBindings
from treehand.trees import (
    CompiledTree,
    SymbolicBeliefs,
    TreeLibrary,
    symbolic_runtime,
    visit,
)

bt = pytest.importorskip(
    "behaviortreepy", reason="pip install 'treehand[bench]' to compare with BehaviorTree.CPP"
)


class Script:
    """Answers of the leaves, and the visits so far."""

    def __init__(self, names):
        self.answers = {name: list(answers) for name, answers in names.items()}
        self.visits = []

    def next(self, name):
        self.visits.append(name)
        answers = self.answers[name]
        return answers.pop(0) if answers else "F"


def in_cpp(xml, names, ticks):
    """Return root status and visits of each tick in BehaviorTree.CPP."""
    script, factory = Script(names), bt.BehaviorTreeFactory()
    statuses = {"S": bt.NodeStatus.SUCCESS, "F": bt.NodeStatus.FAILURE, "R": bt.NodeStatus.RUNNING}
    for name in names:

        def answer(node, name=name):
            return statuses[script.next(name)]

        if name.startswith("condition"):
            factory.register_simple_condition(name, answer)
        else:
            factory.register_simple_stateful_action(name, answer, answer)
    compiled = factory.create_tree_from_text(xml)
    told = []
    for _ in range(ticks):
        status = compiled.tick_exactly_once()
        told.append((str(status).rpartition(".")[2], tuple(script.visits)))
        script.visits.clear()
        if told[-1][0] != "RUNNING":
            break
    return told


def in_ours(tree, domain, names, ticks):
    """Return root status and visits of each tick on our engine."""
    script, clock = Script(names), VirtualClock()

    class Leaf(Skill):
        def __init__(self, name):
            self.name = name

        def start(self):
            pass

        def step(self):
            answer = script.next(self.name)
            if answer == "R":
                return SkillStep.running(clock.now_s())
            done = answer == "S"
            return SkillStep.success() if done else SkillStep.failure(FailureCode.CONDITION_FALSE)

        def halt(self):
            return HaltStep.DONE

    vocabulary = domain.vocabulary({})
    beliefs = SymbolicBeliefs(Facts(vocabulary), QuantifierBindings(), clock, lambda event: None)
    runtime = symbolic_runtime(domain, beliefs, lambda a: Leaf(a.call.name))
    compiled = CompiledTree(tree, {}, TreeLibrary({tree.tree: tree}), runtime)
    told = []
    for _ in range(ticks):
        runtime.arbiter.poll()
        visit(compiled.root)
        told.append((compiled.root.status.value, tuple(script.visits)))
        script.visits.clear()
        if told[-1][0] != "RUNNING":
            break
        clock.wait_until(clock.now_s() + 0.1)
    return told


def in_order(account):
    """Return the visits of all ticks, and the last status."""
    return [name for _, visits in account for name in visits], account[-1][0]
