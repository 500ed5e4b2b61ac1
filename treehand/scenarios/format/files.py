"""Scenario files: read, extended, varied, and checked down to their names."""

from __future__ import annotations

import copy
import itertools
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from treehand.core.clock import VirtualClock
from treehand.core.errors import Finding, InputError, in_line_order, near
from treehand.core.spans import Span
from treehand.documents.composer import Mapping, compose
from treehand.documents.composer import Sequence as Items
from treehand.documents.reader import read_file, read_text, validate
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.faults.call_pattern import call_findings
from treehand.orchestrator.faults.fault import (
    RequestedFault,
    Trigger,
    fault_findings,
    fault_of,
    possible,
)
from treehand.orchestrator.improving.learned_deployment import with_learned
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.running.world_model import open_world
from treehand.planners.llm import ModelName
from treehand.planners.reading.learned.learned_words import LearnedWords, learned_findings
from treehand.scenarios.format.model import Scenario, ScenarioFault
from treehand.skills import Disturbable
from treehand.skills.domain import (
    AllOf,
    Call,
    Formula,
    Scene,
    SyntaxFault,
    conjuncts,
    mismatch_findings,
    parse_call,
    parse_formula,
    scene_findings,
)
from treehand.skills.domain.deprecated_uses import object_uses
from treehand.skills.domain.deprecation import formula_uses, use_finding
from treehand.trees import PathPattern, TreeSpec, is_contradictory, load_tree
from treehand.worlds import Undisturbed

_SLOT = re.compile(r"\$\{(\w+)\}")
MAX_VARIANTS = 500
MAX_VALUES = 150_000
"""Most values in all scenarios of one file together."""
MAX_EXTENDS = 20
"""Longest chain of files that extend one another."""


@dataclass(frozen=True)
class Variant:
    """One scenario of a file, with the values of what varies."""

    path: Path
    scenario: Scenario
    name: str = ""
    """``item=red_mug``; empty if nothing varies."""

    @property
    def folder(self) -> Path:
        """Return the folder that the file's paths start from."""
        return self.path.parent


def load_variants(path: Path) -> list[Variant]:
    """Return the scenarios that a file holds.

    Raises:
        InputError: With every finding of form; names are looked at by `variant_findings`.
    """
    data = _extended(_mapping(path), path, ())
    varied = data.get("vary")
    options = dict(varied) if isinstance(varied, Mapping) else {}
    options = {name: value for name, value in options.items() if isinstance(value, Items)}
    count = math.prod(len(values) for values in options.values())
    if not 0 < count <= MAX_VARIANTS:
        message = f"{count} scenarios in one file"
        span = data.values_at.get("vary")
        hint = f"give every name a value, and at most {MAX_VARIANTS} combinations"
        raise InputError.of("wrong-value", message, span=span, hint=hint)
    if count * _size(data) > MAX_VALUES:
        message = f"{count} scenarios of {_size(data)} values each are too many"
        span = data.values_at.get("vary")
        hint = f"vary less, or write less: at most {MAX_VALUES:,} values in all"
        raise InputError.of("too-large", message, span=span, hint=hint)
    variants = []
    for values in itertools.product(*options.values()):
        chosen = dict(zip(options, map(str, values), strict=True))
        text = ",".join(f"{name}={value}" for name, value in chosen.items())
        filled = _filled(data, chosen) if chosen else data
        variants.append(Variant(path, validate(filled, Scenario), text))
    return variants


def _size(value: object) -> int:
    """Return the number of values in composed data."""
    count, stack = 0, [value]
    while stack:
        part = stack.pop()
        count += 1
        if isinstance(part, Mapping):
            stack.extend(part.values())
        elif isinstance(part, Items):
            stack.extend(part)
    return count


def _mapping(path: Path) -> Mapping:
    data, findings = compose(read_text(path), file=str(path))
    if findings or data is None:
        raise InputError(findings)
    return data


def _extended(data: Mapping, path: Path, trail: tuple[Path, ...]) -> Mapping:
    """Return a file's mapping over that of the file it extends; ``expect`` is merged by key."""
    name = data.get("extends")
    if not isinstance(name, str):
        return data
    base_path = path.parent / name
    span = data.values_at["extends"]
    if not os.path.isfile(base_path):  # which a name of any length is no error for
        raise InputError.of("unreadable-file", f"there is no file '{base_path}'", span=span)
    if base_path.resolve() in (*trail, path.resolve()):
        raise InputError.of("cyclic-extends", f"'{name}' leads back to itself", span=span)
    if len(trail) >= MAX_EXTENDS:
        message = f"more than {MAX_EXTENDS} files extend one another"
        raise InputError.of("too-deep", message, span=span, hint="extend a file further down")
    base = _extended(_mapping(base_path), base_path, (*trail, path.resolve()))
    return _over(data, base)


def _over(data: Mapping, base: Mapping) -> Mapping:
    merged = copy.copy(data)
    merged.keys_at, merged.values_at = dict(data.keys_at), dict(data.values_at)
    for key, value in base.items():
        if key not in merged:
            merged[key] = value
            merged.keys_at[key], merged.values_at[key] = base.keys_at[key], base.values_at[key]
        elif key == "expect" and isinstance(value, Mapping) and isinstance(merged[key], Mapping):
            merged[key] = _over(merged[key], value)
    return merged


def _filled(value: Mapping, chosen: dict[str, str]) -> Mapping:
    """Return a copy with every ``${name}`` replaced."""
    twin = copy.deepcopy(value)

    def fill(part: object) -> object:
        if isinstance(part, Mapping):
            for key in list(part):
                part[key] = fill(part[key]) if key != "vary" else part[key]
                name = _SLOT.sub(lambda match: chosen.get(match[1], match[0]), key)
                if name != key and name in part:
                    span = part.keys_at[key]
                    message = f"'{key}' becomes '{name}', which is given too"
                    raise InputError.of("duplicate-key", message, span=span)
                if name != key:
                    part[name] = part.pop(key)
                    part.keys_at[name], part.values_at[name] = (
                        part.keys_at[key],
                        part.values_at[key],
                    )
        elif isinstance(part, Items):
            part[:] = [fill(item) for item in part]
        elif isinstance(part, str):
            return _SLOT.sub(lambda match: chosen.get(match[1], match[0]), part)
        return part

    fill(twin)
    return twin


class Deployments:
    """Deployments of scenarios, each loaded once.

    Args:
        imports: False to read the code that they name without running it.
    """

    def __init__(self, *, imports: bool = True) -> None:
        self._imports = imports
        self._known: dict[DeploymentOverrides, Deployment] = {}
        self._last: tuple[object, Deployment] | None = None
        """The last result, for the next seed: its lexicon and its hazards are made once."""

    def of(self, variant: Variant) -> Deployment:
        """Return the deployment of a scenario, with its start facts.

        Raises:
            InputError: If a file of it cannot be read, or its start facts contradict each other.
        """
        scenario, folder = variant.scenario, variant.folder

        def path(name: str | None) -> Path | None:
            return folder / name if name is not None else None

        tree_folder = (folder / scenario.tree).parent if scenario.tree else folder
        key = DeploymentOverrides(
            config=path(scenario.config),
            world=scenario.world,
            randomize=scenario.randomize,
            robot=_robot(scenario.robot, folder),
            domain=path(scenario.domain),
            scene=path(scenario.scene),
            tree_folder=tree_folder,
            llm=_model(scenario.llm, folder),
        )
        if key not in self._known:
            self._known[key] = Deployment.load(key, looks_here=False, imports=self._imports)
        asked = (key, scenario.run_time, scenario.start, scenario.planner)
        if self._last is None or self._last[0] != asked:
            self._last = (asked, self._started(self._known[key], scenario))
        return self._last[1]

    def _started(self, deployment: Deployment, scenario: Scenario) -> Deployment:
        """Return a deployment with what a scenario says of budgets, start facts and planner."""
        budgets = deployment.budgets.model_copy(update={"run_time": scenario.run_time})
        scene = _started(scenario, deployment) if scenario.start else deployment.scene
        planner = scenario.planner or deployment.planner
        return replace(deployment, budgets=budgets, scene=scene, planner=planner)


def words_of(variant: Variant) -> Path | None:
    """Return the file of learned words that a scenario names; None if it names none.

    Raises:
        InputError: If there is no such file.
    """
    return _named(variant, "words")


def parameters_of(variant: Variant) -> Path | None:
    """Return the file of learned parameters that a scenario names; None if it names none.

    Raises:
        InputError: If there is no such file.
    """
    return _named(variant, "parameters")


def _named(variant: Variant, key: str) -> Path | None:
    name: str | None = getattr(variant.scenario, key)
    if name is None:
        return None
    path = variant.folder / name
    if not path.is_file():
        span = variant.scenario.span(key)
        raise InputError.of("unreadable-file", f"there is no file '{path}'", span=span)
    return path


def _robot(name: str | None, folder: Path) -> str | None:
    """Return the robot as ``--robot`` names it, a file with its whole path."""
    return str(folder / name) if name is not None and name.endswith(".yaml") else name


def _model(llm: str | None, folder: Path) -> str | None:
    """Return the model as ``--llm`` names it, a recording with its whole path."""
    name = ModelName.parse(llm) if llm is not None else None
    if name is not None and name.kind == "recorded":
        name = ModelName("recorded", str(folder / name.rest))
    return str(name) if name is not None else None


def _started(scenario: Scenario, deployment: Deployment) -> Scene:
    vocabulary = deployment.vocabulary
    facts = list(deployment.scene.facts)
    for atom in scenario.start:
        if atom.positive:
            groups = set(vocabulary.groups(atom.fact))
            facts = [fact for fact in facts if not groups & set(vocabulary.groups(fact))]
            facts.append(atom.fact)
        else:
            facts = [fact for fact in facts if fact != atom.fact]
    scene = deployment.scene.model_copy(update={"facts": tuple(dict.fromkeys(facts))})
    found = [f for f in scene_findings(scene, deployment.domain) if f.severity == "error"]
    if found:
        raise InputError(replace(f, span=scenario.span("start")) for f in found)
    return scene


def fault_request(fault: ScenarioFault) -> RequestedFault:
    """Return a fault as it can be injected; raises `InputError` if it is none."""
    trigger = Trigger(
        call=fault.at,
        node=PathPattern(fault.node) if fault.node is not None else None,
        attempt=fault.attempt,
        phase=fault.phase,
        at_s=fault.after,
        when=fault.when,
    )
    return fault_of(fault.inject, trigger, fault.request())


class VariantChecker:
    """Checks the names in a scenario against the deployment that it runs on."""

    def __init__(self, variant: Variant, deployments: Deployments) -> None:
        self._variant = variant
        self._scenario = variant.scenario
        self._deployments = deployments

    @cached_property
    def _deployment(self) -> Deployment:
        return self._deployments.of(self._variant)

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong."""
        scenario = self._scenario
        for key in ("scenario", "goal"):
            for slot in _SLOT.findall(getattr(scenario, key) or ""):
                message = f"'${{{slot}}}' stands for nothing"
                hint = near(slot, scenario.vary, what="names under 'vary'")
                yield Finding("unknown-parameter", message, scenario.span(key), hint)
        try:
            _ = self._deployment
        except InputError as error:
            for finding in error.findings:
                yield replace(finding, span=finding.span or scenario.span("world"))
            return
        kind = self._deployment.kind
        if not kind.is_virtual:
            message = f"world '{kind.name}' is not simulated: a scenario moves no real robot"
            span = scenario.span("world" if scenario.world is not None else "config")
            yield Finding("not-simulated", message, span, "write world: paper beside config:")
        yield from self._uses_of_goal()
        for index, atom in enumerate(scenario.start):
            yield from self._formula(atom, scenario.span("start", index))
        if scenario.tree is not None:
            yield from self._tree(scenario.tree)
        yield from self._words()
        yield from self._parameters()
        for fault in scenario.faults:
            yield from self._fault(fault)
        expect = scenario.expect
        for key in ("facts", "never"):
            for index, formula in enumerate(getattr(expect, key)):
                yield from self._formula(formula, expect.span(key, index))
        for index, call in enumerate(expect.order):
            yield from self._call(call, expect.span("order", index))
        for text in expect.attempts:
            yield from self._attempt(text, expect.entry_span("attempts", text, is_key=True))
        yield from self._contradictions()

    def _uses_of_goal(self) -> Iterator[Finding]:
        """Yield a warning for each deprecated name of a goal in literals."""
        try:
            formula = parse_formula(self._scenario.goal or "")
        except SyntaxFault:  # in words
            return
        yield from self._uses(formula, self._scenario.span("goal"))

    def _uses(self, formula: Formula, span: Span | None) -> Iterator[Finding]:
        yield from formula_uses([(formula, span)], self._deployment.domain.predicates)
        yield from object_uses([(formula, span)], self._deployment.scene.objects)

    def _formula(self, formula: Formula, span: Span | None) -> Iterator[Finding]:
        yield from self._uses(formula, span)
        mismatches = self._deployment.vocabulary.check(formula, {})
        yield from mismatch_findings(mismatches, span, str(formula))

    def _tree(self, name: str) -> Iterator[Finding]:
        try:
            tree = load_tree(self._variant.folder / name)
            self._deployment.require_sound(tree)
        except InputError as error:
            yield from (
                replace(f, span=f.span or self._scenario.span("tree")) for f in error.findings
            )

    def _words(self) -> Iterator[Finding]:
        """Yield the findings about the learned words that the scenario names."""
        try:
            path = words_of(self._variant)
            if path is not None:
                words = read_file(path, LearnedWords)
                yield from learned_findings(words, self._deployment.vocabulary)
        except InputError as error:
            yield from error.findings

    def _parameters(self) -> Iterator[Finding]:
        """Yield the findings about the learned parameters that the scenario names."""
        try:
            path = parameters_of(self._variant)
            if path is not None and with_learned(self._deployment, path) is self._deployment:
                message = f"'{path}' has no promotion for this world, domain and deployment file"
                span = self._scenario.span("parameters")
                yield Finding("no-parameters", message, span, "leave 'parameters' out")
        except InputError as error:
            yield from error.findings

    @cached_property
    def _world_faults(self) -> Disturbable:
        """Faults of the world; those of a real one are not asked for, which would open it."""
        kind = self._deployment.kind
        if not kind.is_virtual:
            return Undisturbed(kind.name)
        return open_world(self._deployment, seed=0, clock=VirtualClock()).checked.faults

    def _fault(self, fault: ScenarioFault) -> Iterator[Finding]:
        deployment = self._deployment
        is_unread = any(code.what == "world" for code in deployment.not_loaded)
        world = Undisturbed(deployment.kind.name) if is_unread else self._world_faults
        try:
            request = possible(fault_request(fault), world)
        except InputError as error:
            yield from (replace(f, span=fault.span("inject")) for f in error.findings)
            return
        names = (deployment.domain, deployment.vocabulary, deployment.policies)
        found = fault_findings(request, world, *names)
        if is_unread and not (request.is_of_skill or request.is_of_process):
            call = request.trigger.call  # which other faults it takes, its code alone tells
            found = call_findings(call, *names[:2]) if call is not None else iter(())
        for finding in found:
            is_of_call = finding.code in ("unknown-skill", "wrong-arity", "wrong-type")
            is_argument = finding.code == "unknown-object" and fault.at is not None
            named = fault.at is not None and finding.subject in fault.at.arguments
            key = "at" if is_of_call or (is_argument and named) else "inject"
            yield replace(finding, span=fault.span(key))
        disturbed = Call(request.kind, request.arguments)
        yield from object_uses([(disturbed, fault.span("inject"))], deployment.scene.objects)
        if fault.at is not None:
            skills = deployment.domain.skills
            yield from use_finding("skill", fault.at.name, skills, fault.span("at"))
            yield from object_uses([(fault.at, fault.span("at"))], deployment.scene.objects)
        if fault.when is not None:
            yield from self._formula(fault.when, fault.span("when"))

    def _attempt(self, text: str, span: Span | None) -> Iterator[Finding]:
        try:
            yield from self._call(parse_call(text), span)
        except SyntaxFault as wrong:
            at = span.shifted(wrong.column) if span else None
            yield Finding("wrong-syntax", wrong.message, at, wrong.hint)

    def _call(self, call: Call, span: Span | None) -> Iterator[Finding]:
        deployment = self._deployment
        names = deployment.catalog.names(deployment.kind.name)
        known = (deployment.domain, deployment.vocabulary)
        yield from call_findings(call, *known, skills=names, span=span)
        yield from use_finding("skill", call.name, deployment.domain.skills, span)
        yield from object_uses([(call, span)], deployment.scene.objects)

    def _contradictions(self) -> Iterator[Finding]:
        expect = self._scenario.expect
        wanted = AllOf(tuple(part for formula in expect.facts for part in conjuncts(formula)))
        reason = is_contradictory(wanted, self._deployment.vocabulary)
        if reason:
            message = f"the expected facts can never hold together: {reason}"
            yield Finding("contradiction", message, expect.span("facts"))
        for formula in expect.never:
            if formula in conjuncts(wanted):
                message = f"'{formula}' is expected in the end, and never"
                yield Finding("contradiction", message, expect.span("never"), "keep one")
        moves = expect.outcome in (Outcome.ALREADY_TRUE, Outcome.CLARIFY, Outcome.INFEASIBLE)
        if moves and self._scenario.faults and expect.outcome is not Outcome.CLARIFY:
            message = f"nothing moves when a goal is {expect.outcome}, so no fault can trigger"
            yield Finding("contradiction", message, expect.span("outcome"), "take the faults out")


def variant_findings(variants: Sequence[Variant], deployments: Deployments) -> list[Finding]:
    """Return the wrong names in the scenarios of a file, each finding once, in line order."""
    found = [f for variant in variants for f in VariantChecker(variant, deployments).findings()]
    return in_line_order(dict.fromkeys(found))


def tree_of(variant: Variant) -> TreeSpec | None:
    """Return the tree that a scenario runs, if it names one; raises `InputError`."""
    name = variant.scenario.tree
    return load_tree(variant.folder / name) if name is not None else None
