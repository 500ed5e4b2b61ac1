"""Deployment: ``treehand.yaml`` and the command line, resolved into values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

from treehand.core.errors import Finding, InputError, near
from treehand.core.source.declarations import declaration_at
from treehand.core.spans import Span
from treehand.documents.reader import read_file
from treehand.orchestrator.config.bindings import (
    Binder,
    ResolvedBindings,
)
from treehand.orchestrator.config.breakpoint_settings import read_breakpoints
from treehand.orchestrator.config.budgets import Budgets
from treehand.orchestrator.config.class_contracts import function_findings
from treehand.orchestrator.config.code import (
    Code,
    DeclaredCode,
    ImportedCode,
    NotLoaded,
    playing,
)
from treehand.orchestrator.config.deployment_file import DeploymentFile, bound_hashes, file_here
from treehand.orchestrator.config.detector_settings import DetectorModel
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.config.plugged_parts import PluggedParts
from treehand.orchestrator.config.policy_choice import policy_bindings
from treehand.orchestrator.config.word_settings import WordSettings
from treehand.orchestrator.config.world_choice import (
    declared_signature_findings,
    limited,
    require_preset,
    serving,
    signature_findings,
    told_at,
    usual_world,
    with_robot,
)
from treehand.orchestrator.people.approval import ApprovalRequest
from treehand.planners import Lexicon, PlanningMethod, SceneHazards
from treehand.planners.custom import PlannerDefinition, installed_planner_names
from treehand.planners.llm import ModelChoice, ModelSettings
from treehand.planners.plan_memory import PlanMemory
from treehand.planners.reading.requests.phrasing import Phrasing
from treehand.planners.reading_memory import ReadingMemory
from treehand.skills import SkillCatalog
from treehand.skills.domain import (
    Domain,
    Formula,
    Scene,
    Vocabulary,
    load_domain,
    load_scene,
    mismatch_findings,
)
from treehand.skills.vla import PolicyService
from treehand.trees import Alternatives, Breakpoint, TreeLibrary, TreeSpec, require_sound_tree
from treehand.worlds import PAPER, ROS, WorldKind, ros_kind
from treehand.worlds.declared import DeclaredWorld


@dataclass(frozen=True)
class Deployment:
    """Everything that a run needs to know before it begins."""

    kind: WorldKind
    randomize: str | None
    """From which of its presets the world is drawn; its usual one if None."""
    domain: Domain
    domain_path: Path
    """The file that the domain was read from."""
    scene: Scene
    vocabulary: Vocabulary
    catalog: SkillCatalog
    alternatives: Mapping[str, Alternatives]
    """Skill to all that serves it, where that is more than one thing."""
    policies: Mapping[str, PolicyService]
    """Skill to the policy that serves it, or serves it first."""
    library: TreeLibrary
    budgets: Budgets
    approval: ApprovalRequest
    never: tuple[Formula, ...]
    breakpoints: tuple[Breakpoint, ...]
    silence_s: float
    overdue_s: float
    """Wall time after which a call that has not returned is told."""
    opening_s: float
    planner: PlanningMethod | PlannerDefinition
    parts: PluggedParts
    """Reader, person and listeners of the user's own."""
    detectors: Mapping[str, DetectorModel]
    """Detectors that tell facts."""
    scorers: Mapping[str, Callable[..., Any]]
    """Detector to its function, of those that name one; those only read are left out."""
    llm: ModelSettings
    words: WordSettings
    source: DeploymentOverrides
    """The overrides that it was loaded with, paths absolute."""
    files: Mapping[str, str]
    """Absolute path to content hash of every file that it binds by path; see `hashes_of`."""
    not_loaded: tuple[NotLoaded, ...] = ()
    """Code that it names and that was only read; stand-ins take its place."""
    learned: str = ""
    """Pin of the learned parameters in `domain` and `detectors`; empty without any."""
    file_domain: Domain | None = None
    """The domain without what was learned, if something was; a simulated world plays this one."""

    @classmethod
    def load(
        cls,
        overrides: DeploymentOverrides | None = None,
        *,
        looks_here: bool = True,
        imports: bool = True,
        binds: bool = True,
    ) -> Deployment:
        """Return the deployment of a file, with what is given in its stead.

        Args:
            overrides: Values that take the place of the file's, and the file itself.
            looks_here: False if ``./treehand.yaml`` does not count.
            imports: False to read the code that it names without running it.
            binds: False to leave its bindings out; they may name skills that nobody has declared.

        Raises:
            InputError: With every finding in the first file that has any.
        """
        given = overrides or DeploymentOverrides()
        config = given.config or file_here(looks_here=looks_here)
        settings = read_file(config, DeploymentFile) if config else DeploymentFile()
        base = config.parent if config else Path()
        files = bound_hashes(settings, given, config)
        code: Code = ImportedCode() if imports else DeclaredCode()
        kind = _world_kind(given, settings, base, code)
        kind, preset = _drawn(kind, given, settings, base)
        domain_path, named_at = _file("domain", given, settings, base, kind)
        with told_at(named_at):
            loaded_domain = limited(load_domain(domain_path), kind)
        loaded_scene = _scene(loaded_domain, given, settings, base, kind)
        library = _library(loaded_domain, base / settings.trees if settings.trees else None)
        if given.tree_folder is not None:
            library = library.beside(given.tree_folder)
        kind = serving(kind, loaded_domain, domain_path)
        catalog = code.installed_skills().with_skill(*kind.skills)
        types = {name: entry.type for name, entry in loaded_scene.objects.items()}
        vocabulary = loaded_domain.vocabulary(types)
        _require_known(settings, loaded_domain, vocabulary)
        names = _Names(loaded_domain, loaded_scene, vocabulary, catalog)
        bound = _bound(names, given, settings, base, code, kind, binds=binds)
        return cls(
            kind=kind,
            randomize=preset,
            domain=bound.restricted(loaded_domain),
            domain_path=domain_path,
            scene=loaded_scene,
            vocabulary=vocabulary,
            catalog=catalog.rebound(*bound.definitions),
            alternatives=bound.alternatives,
            policies=bound.policies,
            library=library,
            budgets=settings.budgets.with_overrides(given),
            approval=settings.approval,
            never=(*settings.never, *loaded_domain.forbidden_states),
            breakpoints=read_breakpoints(settings.breakpoints),
            silence_s=settings.silence,
            overdue_s=settings.overdue,
            opening_s=settings.opening,
            planner=_planner(settings, base, code),
            parts=PluggedParts.load(settings.named_parts(), base, code),
            detectors=settings.detectors,
            scorers=_scorers(settings, base, code),
            llm=settings.llm.resolved(
                base, ModelChoice(given.llm, given.llm_log, given.llm_record)
            ),
            words=settings.words.resolved(base),
            source=given.model_copy(update={"config": config}).absolute(),
            files=files,
            not_loaded=tuple(code.not_loaded),
        )

    @property
    def domain_version(self) -> str:
        """Return the version of the domain, without what was learned."""
        return (self.file_domain or self.domain).version

    @property
    def site_name(self) -> str:
        """Return the name of the world for priors; empty where those of any world are the truth."""
        return "" if self.kind.plays_models else self.kind.name

    @cached_property
    def foreign_skills(self) -> frozenset[str]:
        """Return the skills that something else than the world's own implementation serves."""
        world, own = self.kind.name, self.kind.skills
        names = self.catalog.names(world)
        return frozenset(name for name in names if self.catalog.find(name, world) not in own)

    @cached_property
    def lexicon(self) -> Lexicon:
        """Return the words that the built-in grammar understands here."""
        return Lexicon(self.domain, self.scene)

    @cached_property
    def plans(self) -> PlanMemory:
        """Return the work of planning that runs of this deployment share."""
        return PlanMemory()

    @cached_property
    def readings(self) -> ReadingMemory:
        """Return the readings of first words that runs of this deployment share."""
        return ReadingMemory()

    @cached_property
    def hazards(self) -> SceneHazards:
        """Return the hazard rules on this scene."""
        return SceneHazards(self.domain, self.scene, Phrasing(self.lexicon).request)

    def require_sound(self, tree: TreeSpec) -> None:
        """Raise `InputError` with every finding, if a tree cannot be used here."""
        skills = self.catalog.names(self.kind.name)
        require_sound_tree(tree, self.domain, self.vocabulary, self.library, skills=skills)


@dataclass(frozen=True)
class _Names:
    """The declarations that bindings are checked against."""

    domain: Domain
    scene: Scene
    vocabulary: Vocabulary
    catalog: SkillCatalog


def _bound(
    names: _Names,
    given: DeploymentOverrides,
    settings: DeploymentFile,
    base: Path,
    code: Code,
    kind: WorldKind,
    *,
    binds: bool,
) -> ResolvedBindings:
    """Return the bindings of the skills; none where the world plays the action models itself.

    Raises:
        InputError: With every finding in bindings, detectors and the ``ros`` part.
    """
    ros = settings.ros if kind.name in (ROS, PAPER) else None
    domain, vocabulary = names.domain, names.vocabulary
    binder = Binder(base, domain, vocabulary, names.catalog, kind.name, code, kind.robot, ros)
    bindings = dict(settings.bindings) if binds else {}
    if given.policy is not None:
        bindings |= policy_bindings(given.policy, kind, domain, vocabulary, names.catalog)
    bound, findings = binder.resolve(bindings, settings)
    if ros is not None:
        findings += ros.findings(domain, names.scene, vocabulary)
    findings += _detector_findings(settings, given, domain, vocabulary)
    if not kind.plays_models:
        at = settings.span("world")
        findings += signature_findings(kind, domain, settings.bindings, at)
        if isinstance(code, DeclaredCode):
            skills = code.world_skills
            findings += declared_signature_findings(skills, domain, settings.bindings, at)
    if findings:
        raise InputError(findings)
    return ResolvedBindings() if kind.plays_models else bound


def _file(
    key: Literal["domain", "scene"],
    given: DeploymentOverrides,
    settings: DeploymentFile,
    base: Path,
    kind: WorldKind,
) -> tuple[Path, Span | None]:
    """Return the domain file or the scene file, and the position of what names it."""
    path: Path | None = getattr(given, key)
    if path is not None:
        return path, None
    named: str | None = getattr(settings, key)
    if named:
        return base / named, settings.span(key)
    brought: Path = getattr(kind, key)
    return brought, settings.span("world") if given.world is None else None


def _scene(
    domain: Domain,
    given: DeploymentOverrides,
    settings: DeploymentFile,
    base: Path,
    kind: WorldKind,
) -> Scene:
    """Return the scene, with the measures that the world knows itself."""
    path, named_at = _file("scene", given, settings, base, kind)
    with told_at(named_at):
        scene = load_scene(path, domain)
    return scene if kind.measured is None else kind.measured(scene)


def _drawn(
    kind: WorldKind, given: DeploymentOverrides, settings: DeploymentFile, base: Path
) -> tuple[WorldKind, str | None]:
    """Return the world with the chosen robot, and the preset that it is drawn from.

    What the file says of them is about its own world, and not about another one that was given.
    """
    is_other = given.world is not None and given.world != settings.world
    preset = given.randomize or (None if is_other else settings.randomize)
    require_preset(kind, preset, None if given.randomize else settings.span("randomize"))
    if given.robot is not None:
        return with_robot(kind, given.robot, Path(), None), preset
    if is_other:
        return kind, preset
    return with_robot(kind, settings.robot, base, settings.span("robot")), preset


def _detector_findings(
    settings: DeploymentFile, given: DeploymentOverrides, domain: Domain, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Yield what does not fit in the detectors."""
    for name, detector in settings.detectors.items():
        yield from detector.findings(domain, vocabulary)
        if detector.ask is not None and settings.llm.model is None and given.llm is None:
            message = f"detector '{name}' asks a model, and there is none"
            hint = "name one under 'llm: model', or with --llm"
            yield Finding("missing-key", message, detector.span("ask"), hint)


def _scorers(settings: DeploymentFile, base: Path, code: Code) -> dict[str, Callable[..., Any]]:
    """Return the functions of detectors; those that were only read are left out."""
    found = {}
    for name, detector in settings.detectors.items():
        if detector.scorer is not None:
            with told_at(detector.span("scorer")):
                found[name] = code.function(detector.scorer, base)
                declared = declaration_at(detector.scorer, base)
                wrong = declared and [
                    *function_findings(declared, ("context",), "wrong-detector", "a scorer")
                ]
                if wrong:
                    raise InputError(wrong)
    return {} if isinstance(code, DeclaredCode) else found


def _planner(
    settings: DeploymentFile, base: Path, code: Code
) -> PlanningMethod | PlannerDefinition:
    """Return the planning method, or the user's own planner; raises `InputError`."""
    methods = get_args(PlanningMethod)
    if settings.planner in methods:
        method: PlanningMethod = settings.planner  # type: ignore[assignment]
        return method
    with told_at(settings.span("planner")):
        found = code.planner(settings.planner, base)
    if found is not None:
        return found
    known = (*methods, *installed_planner_names())
    hint = near(settings.planner, known, what="methods") + " (or file.py:NAME)"
    if settings.planner.endswith(".py"):
        hint = f"write {settings.planner}:NAME, with the name of a function with @planner(…)"
    message = f"unknown planner '{settings.planner}'"
    raise InputError.of("unknown-planner", message, span=settings.span("planner"), hint=hint)


def _world_kind(
    given: DeploymentOverrides, settings: DeploymentFile, base: Path, code: Code
) -> WorldKind:
    """Return the world that is given, else the file's, else the one that fits the domain."""
    name = given.world or settings.world or usual_world(given.domain, settings.domain, base)
    has_files = bool((given.domain or settings.domain) and (given.scene or settings.scene))
    with told_at(settings.span("world") if given.world is None else None):
        kind = code.world(name, Path() if given.world else base, has_files=has_files)
        if kind.name == ROS:
            kind = ros_kind(settings.ros)
            if isinstance(code, DeclaredCode):
                code.not_loaded.append(NotLoaded("world", ROS))
                kind = replace(kind, open=DeclaredWorld)
    if kind.plays_models and settings.world not in (None, name) and not has_files:
        with told_at(settings.span("world")):
            return playing(kind, str(settings.world), base)
    return kind


def _library(domain: Domain, folder: Path | None) -> TreeLibrary:
    """Return the deployment's trees and, of the packaged ones, those of its domain."""
    packaged = {t.tree: t for t in TreeLibrary.packaged() if t.domain == domain.domain}
    own = TreeLibrary.from_folder(folder) if folder is not None else TreeLibrary({})
    return own.over(TreeLibrary(packaged))


def _require_known(settings: DeploymentFile, domain: Domain, vocabulary: Vocabulary) -> None:
    """Raise `InputError` with every wrong name in what must never be."""
    findings: list[Finding] = []
    for hazard in domain.hazards:
        if hazard.state is not None:
            span = hazard.span("state")
            known = vocabulary.check(hazard.state, {})
            findings.extend(mismatch_findings(known, span, str(hazard.state)))
        for term in hazard.effect.fact.terms if hazard.effect is not None else ():
            if term in vocabulary.object_types:
                message = f"'{term}' stands for anything here, though there is such an object"
                hint = "name it otherwise, or write a state: what holds of that one object"
                findings.append(Finding("wrong-hazard", message, hazard.span("effect"), hint))
    for index, formula in enumerate(settings.never):
        span = settings.span("never", index)
        text = settings.text("never", index) or str(formula)
        findings.extend(mismatch_findings(vocabulary.check(formula, {}), span, text))
    if findings:
        raise InputError(findings)
