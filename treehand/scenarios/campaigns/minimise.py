"""Shrinks a failing scenario: fewer faults, facts, goals, objects and tree nodes, smaller times.

Greedy delta debugging (Zeller and Hildebrandt 2002, "Simplifying and Isolating Failure-Inducing
Input", IEEE TSE 28(2), the complement step of ddmin): parts are left out, halves first, as long as
the scenario still fails in the same way.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from treehand.core.errors import TreehandError
from treehand.documents.formatter import write
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.planners import Goal
from treehand.planners.llm import ModelName
from treehand.scenarios.format.files import (
    Deployments,
    Variant,
    load_variants,
    parameters_of,
    variant_findings,
    words_of,
)
from treehand.scenarios.format.model import Scenario
from treehand.scenarios.running.cases import Case, CaseReport, run_case
from treehand.skills.domain import Atom, Scene
from treehand.trees import NodeSpec, TreeSpec, load_tree, tree_to_yaml
from treehand.trees.format.files import SUFFIX

MAX_RUNS = 400
FOLDER = ".minimised"
"""Name of the folder, beside a scenario's file, that smaller scenarios are written to."""
Part = TypeVar("Part")


@dataclass(frozen=True)
class Minimised:
    """Files of the smallest scenario found, and how much smaller it is."""

    files: tuple[Path, ...]
    """The scenario first, then the scene and the tree that it needs."""
    summary: str
    runs: int


@dataclass(frozen=True)
class _Candidate:
    """A smaller scenario."""

    scenario: Scenario
    scene: Scene
    tree: TreeSpec | None


def minimise(variant: Variant, report: CaseReport) -> Minimised:
    """Return the smallest scenario found that fails as `report` says.

    It is written to the folder `FOLDER` beside the scenario's file, with the trees that it uses:
    neither pytest nor `treehand test` look into hidden folders, so it does not fail with the suite.

    Args:
        variant: The scenario.
        report: A run of it that failed.
    """
    return _Minimiser(variant, report).result()


class _Minimiser:
    def __init__(self, variant: Variant, report: CaseReport) -> None:
        self._variant = variant
        self._seed = report.seed
        self._signature = _signature(report)
        self._runs = 0
        self._deployment = Deployments().of(variant)
        gone = ("runs", "pass_rate", "sequential", "seeds", "xfail", "extends")
        update: dict[str, object] = {**dict.fromkeys(gone), "vary": {}, "start": ()}
        scenario = variant.scenario.model_copy(update={**update, "seed": report.seed})
        tree = load_tree(variant.folder / scenario.tree) if scenario.tree else None
        self._best = _Candidate(scenario, self._deployment.scene, tree)

    def result(self) -> Minimised:
        before = _size(self._best)
        for shrink in (self._faults, self._goal, self._nodes, self._objects, self._times):
            shrink()
        after = _size(self._best)
        folder = self._variant.folder / FOLDER
        folder.mkdir(exist_ok=True)
        if self._best.tree is not None:
            for path in used_trees(self._best.tree, self._home()):
                shutil.copy(path, folder)
        files = _write(self._best, folder, f"{_stem(self._variant.path)}_min", self._variant)
        changes = [
            f"{before[name]} → {after[name]} {name}" for name in before if before[name] or name
        ]
        return Minimised(files, ", ".join(changes), self._runs)

    def _home(self) -> Path:
        """Return the folder of the scenario's tree: the trees that it uses lie there."""
        return (self._variant.folder / (self._variant.scenario.tree or "")).parent

    def _fails(self, candidate: _Candidate) -> bool:
        """Return True if a candidate fails in the same way as the scenario."""
        if self._runs >= MAX_RUNS:
            return False
        self._runs += 1
        with tempfile.TemporaryDirectory() as folder:
            try:
                self._copy_trees(Path(folder))
                path = _write(candidate, Path(folder), "case", self._variant)[0]
                variants = load_variants(path)
                found = variant_findings(variants, Deployments())
                if any(finding.severity == "error" for finding in found):
                    return False
                report = run_case(Case(variants[0], self._seed))
            except TreehandError:
                return False
        return not report.error and _signature(report) == self._signature

    def _copy_trees(self, folder: Path) -> None:
        """Copy the trees that the scenario's tree may use to the folder of a candidate."""
        if self._variant.scenario.tree is not None:
            for path in self._home().glob(f"*{SUFFIX}"):
                shutil.copy(path, folder)

    def _keep(self, candidate: _Candidate) -> bool:
        if not self._fails(candidate):
            return False
        self._best = candidate
        return True

    def _shrink(
        self,
        parts: Sequence[Part],
        with_parts: Callable[[tuple[Part, ...]], _Candidate],
        *,
        least: int = 0,
    ) -> None:
        """Leave out as many parts as possible, halves first, and keep at least so many."""
        left = tuple(parts)
        size = max(1, len(left) // 2)
        while left and size:
            start = 0
            while start < len(left):
                rest = left[:start] + left[start + size :]
                if len(rest) >= least and self._keep(with_parts(rest)):
                    left = rest
                else:
                    start += size
            size //= 2

    def _changed(self, **update: object) -> _Candidate:
        scenario = self._best.scenario.model_copy(update=update)
        return replace(self._best, scenario=scenario)

    def _faults(self) -> None:
        self._shrink(self._best.scenario.faults, lambda rest: self._changed(faults=rest))

    def _goal(self) -> None:
        text = self._best.scenario.goal
        if text is None:
            return
        settings = RobotSettings(seed=self._seed, words=words_of(self._variant))
        with Robot(self._deployment, workspace=None, settings=settings) as robot:
            goal = robot.parts.proposer.read(text, robot.world)
        literals = goal.literals() if isinstance(goal, Goal) else ()
        if len(literals) > 1:
            self._shrink(literals, lambda rest: self._changed(goal=_joined(rest)), least=1)

    def _objects(self) -> None:
        scene = self._best.scene
        names = tuple(scene.objects)
        self._shrink(
            names, lambda rest: replace(self._best, scene=_without(scene, set(names) - set(rest)))
        )

    def _nodes(self) -> None:
        has_shrunk = True
        while has_shrunk and self._best.tree is not None:
            tree = self._best.tree
            smaller = (tree.model_copy(update={"root": root}) for root in _smaller(tree.root))
            has_shrunk = any(self._keep(replace(self._best, tree=one)) for one in smaller)

    def _times(self) -> None:
        for index, fault in enumerate(self._best.scenario.faults):
            while fault.after is not None and fault.after > 1:
                fault = fault.model_copy(update={"after": float(round(fault.after / 2))})
                faults = list(self._best.scenario.faults)
                faults[index] = fault
                if not self._keep(self._changed(faults=tuple(faults))):
                    break


def _signature(report: CaseReport) -> frozenset[str]:
    """Return in which ways a run failed, numbers aside; a fault that never triggered is none."""
    texts = (problem.partition(":")[0] for problem in report.mismatches or report.problems)
    return frozenset(re.sub(r"[0-9.]+", "#", text) for text in texts)


def _joined(literals: Sequence[str]) -> str:
    return " and ".join(f"({text})" for text in literals)


def _without(scene: Scene, names: set[str]) -> Scene:
    def keeps(terms: Sequence[str]) -> bool:
        return not names & set(terms)

    return scene.model_copy(
        update={
            "objects": {n: model for n, model in scene.objects.items() if n not in names},
            "facts": tuple(fact for fact in scene.facts if keeps(fact.terms)),
            "remembered": tuple(a for a in scene.remembered if _keeps_atom(a, names)),
        }
    )


def _keeps_atom(atom: Atom, names: set[str]) -> bool:
    return not names & set(atom.fact.terms)


def _smaller(node: NodeSpec) -> Iterator[NodeSpec]:
    """Yield copies of a node with one node below left out, or one modifier taken off."""
    for key in ("retry", "timeout", "if_", "unless", "while_", "repeat"):
        if getattr(node, key) is not None:
            yield node.model_copy(update={key: None})
    for key in ("sequence", "fallback", "parallel"):
        children = getattr(node, key) or ()
        for index, child in enumerate(children):
            rest = children[:index] + children[index + 1 :]
            if rest:
                yield node.model_copy(update={key: rest})
            for one in _smaller(child):
                changed = (*children[:index], one, *children[index + 1 :])
                yield node.model_copy(update={key: changed})
    if node.each is not None:
        for one in _smaller(node.each):
            yield node.model_copy(update={"each": one})


def _size(candidate: _Candidate) -> dict[str, int]:
    sizes = {
        "faults": len(candidate.scenario.faults),
        "objects": len(candidate.scene.objects),
    }
    if candidate.tree is not None:
        sizes["nodes"] = sum(1 for _ in candidate.tree.nodes())
    return sizes


def used_trees(tree: TreeSpec, folder: Path) -> list[Path]:
    """Return the tree files of a folder that a tree uses, directly or through others."""
    found: dict[str, Path] = {}
    waiting = [tree]
    while waiting:
        for node in waiting.pop().nodes():
            name = node.subtree.name if node.subtree is not None else ""
            path = folder / f"{name}{SUFFIX}"
            if name and name not in found and path.exists():
                found[name] = path
                waiting.append(load_tree(path))
    return list(found.values())


def _stem(path: Path) -> str:
    return path.name.removesuffix(".scenario.yaml").removesuffix("_min")


def _write(
    candidate: _Candidate,
    folder: Path,
    stem: str,
    variant: Variant,
) -> tuple[Path, ...]:
    """Write a candidate, its scene and its tree; the variant's other files are named from there."""
    update: dict[str, object] = {"scene": f"{stem}.scene.yaml"}
    files = [folder / f"{stem}.scene.yaml"]
    scene = candidate.scene.model_copy(update={"scene": stem})
    _dump(scene.model_dump(mode="json", by_alias=True, exclude_defaults=True), files[0], Scene)
    if candidate.tree is not None:
        name = f"{stem}_tree"
        files.append(folder / f"{name}.tree.yaml")
        tree = candidate.tree.model_copy(update={"tree": name})
        files[-1].write_text(tree_to_yaml(tree), encoding="utf-8")
        update["tree"] = files[-1].name
    for key in ("config", "domain"):
        value = getattr(candidate.scenario, key)
        if value is not None:
            update[key] = os.path.relpath(variant.folder / value, folder)
    words = words_of(variant) if candidate.scenario.words is not None else None
    if words is not None:
        update["words"] = os.path.relpath(words, folder)
    parameters = parameters_of(variant) if candidate.scenario.parameters is not None else None
    if parameters is not None:
        update["parameters"] = os.path.relpath(parameters, folder)
    if candidate.scenario.llm is not None:
        model = ModelName.parse(candidate.scenario.llm)
        if model.kind == "recorded":
            recording = os.path.relpath(variant.folder / model.rest, folder)
            update["llm"] = str(ModelName("recorded", recording))
    scenario = candidate.scenario.model_copy(update=update)
    path = folder / f"{stem}.scenario.yaml"
    data = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    _dump(data, path, Scenario)
    return (path, *files)


def _dump(data: dict[str, Any], path: Path, model: type[Scene] | type[Scenario]) -> None:
    path.write_text(write(data, model, file=str(path)), encoding="utf-8")
