"""Checks files of every kind: all findings of all files at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

from treehand.authoring.domain_files import DomainFiles
from treehand.authoring.file_types import KINDS, find_kind, kind_of, wrong_ending
from treehand.authoring.placement import placement_findings
from treehand.authoring.robot_check import arm_findings, mobile_findings
from treehand.core.clock import VirtualClock
from treehand.core.errors import Finding, InputError, in_line_order
from treehand.core.spans import Span
from treehand.documents.lenient import parse_leniently
from treehand.documents.reader import read_text
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.improving.learned_deployment import scope_of, threshold_findings
from treehand.orchestrator.improving.learned_parameters import LearnedParameters, pin_findings
from treehand.orchestrator.running.world_model import open_world
from treehand.planners import PlanningProblem, check_feasibility
from treehand.planners.goals.requirements.standing_order import StandingOrderFile, standing_findings
from treehand.planners.llm import RecordedAnswers
from treehand.planners.reading.learned.learned_words import LearnedWords, learned_findings
from treehand.scenarios import Deployments, Scenario, load_variants, variant_findings
from treehand.scenarios.benchmarks.benchmark_check import benchmark_findings
from treehand.scenarios.suites.suite import is_hidden
from treehand.skills.domain import Domain, Facts, Formula, Scene, domain_findings, scene_findings
from treehand.skills.domain.deprecated_uses import object_uses
from treehand.skills.domain.deprecation import formula_uses
from treehand.trees import TreeSpec, check_tree
from treehand.trees.format.files import SUFFIX
from treehand.worlds import PAPER, furniture_findings


@dataclass(frozen=True)
class Report:
    """Files that were checked, and the findings about them."""

    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def files_in(paths: Iterable[Path]) -> tuple[list[Path], list[Finding]]:
    """Return the files to check, and what is wrong with the paths given.

    Files are those given, and those of a known kind in given folders.

    Raises:
        InputError: If nothing is left.
    """
    found: list[Path] = []
    findings: list[Finding] = []
    for path in paths:
        if path.is_dir():
            found.extend(sorted(f for f in path.rglob("*.yaml") if _is_meant(f, path)))
            others = sorted(f for f in path.rglob("*.yml") if not is_hidden(f, path))
            findings.extend(filter(None, map(wrong_ending, others)))
        elif not path.exists():
            findings.append(Finding("unreadable-file", f"there is no file '{path}'"))
        else:
            try:
                kind_of(path)
                found.append(path)
            except InputError as error:
                findings.extend(error.findings)
    if not found:
        hint = f"names end in {', '.join(kind.ending for kind in KINDS)}"
        nothing = Finding("unknown-kind", "there is nothing to check here", None, hint)
        raise InputError(findings or [nothing])
    return list(dict.fromkeys(found)), findings


def _is_meant(file: Path, folder: Path) -> bool:
    """Return True if a file in a folder is of a known kind, and not in a hidden folder of it."""
    return find_kind(file) is not None and not is_hidden(file, folder)


def check_files(
    files: Iterable[Path],
    load: Callable[[], Deployment],
    *,
    in_world: bool = True,
    imports: bool = False,
) -> Report:
    """Check files of any kinds.

    Args:
        files: What to check.
        load: Gives the deployment whose domain, scene and trees the files may use.
        in_world: Also rehearse sound trees in the deployment's world.
        imports: Import the code that deployments name; else it is only read.
    """
    paths = tuple(files)
    checker = _Checker(load, DomainFiles(paths), in_world=in_world, imports=imports)
    findings = [finding for path in paths for finding in checker.findings(path)]
    return Report(paths, tuple(dict.fromkeys(findings)))


def check_text(text: str, path: Path, load: Callable[[], Deployment]) -> tuple[Finding, ...]:
    """Check the text of a file that is being edited; the code that a deployment names is not run.

    Of scenarios and deployments, which rest on other files, only the layout is checked.

    Args:
        text: The text.
        path: Where it belongs: its name tells its kind, its folder the files beside it.
        load: Gives the deployment whose domain, scene and trees it may use.
    """
    kind = kind_of(path)
    checker = _Checker(load, DomainFiles(()), in_world=True, imports=False)
    if kind.name in ("scenario", "benchmark", "deployment", "answers"):
        _, findings = parse_leniently(text, kind.model, file=str(path))
        return tuple(in_line_order(findings))
    return tuple(checker.findings_in(text, path))


class _Checker:
    def __init__(
        self,
        load: Callable[[], Deployment],
        files: DomainFiles,
        *,
        in_world: bool,
        imports: bool,
    ) -> None:
        self._load = load
        self._files = files
        self._others: dict[tuple[Path, Path], Deployment | InputError] = {}
        """Deployments of other domains, by the files of domain and scene."""
        self._truths: dict[tuple[Path, str], Facts | None] = {}
        """True states, by the file of the domain and the name of the scene."""
        self._in_world = in_world
        self._imports = imports
        self._checks: dict[str, Callable[[str, Path], Iterable[Finding]]] = {
            "tree": self._tree,
            "domain": self._domain,
            "scene": self._scene,
            "scenario": self._scenario,
            "deployment": self._deployment_file,
            "words": self._words,
            "parameters": self._parameters,
            "orders": self._orders,
            "answers": self._answers,
            "benchmark": partial(benchmark_findings, imports=imports),
            "robot": arm_findings,
            "mobile": mobile_findings,
        }

    @cached_property
    def _deployment(self) -> Deployment | InputError:
        try:
            return self._load()
        except InputError as error:
            return error

    def _deployment_of(self, domain: str, folder: Path) -> Deployment | InputError:
        """Return the deployment for a file of a domain.

        That is the one in use; if its domain is another one, and the files of a domain and a scene
        of that name are given or in the folder, it is one that plays them.
        """
        used = self._deployment
        if isinstance(used, Deployment) and used.domain.domain == domain:
            return used
        files = self._files.domain(domain, folder), self._files.scene(domain, folder)
        if files[0] is None or files[1] is None:
            return used
        key = files[0], files[1]
        if key not in self._others:
            given = DeploymentOverrides(world=PAPER, domain=key[0], scene=key[1])
            try:
                self._others[key] = Deployment.load(given, looks_here=False, imports=False)
            except InputError as error:
                self._others[key] = error
        return self._others[key]

    def _truth(self, deployment: Deployment) -> Facts | None:
        """Return the true state of a world when a run begins; None where it cannot tell."""
        if not deployment.kind.is_virtual:
            return None  # to open it is to connect to a robot
        key = deployment.domain_path, deployment.scene.scene
        if key not in self._truths:
            world_model = open_world(deployment, seed=0, clock=VirtualClock())
            self._truths[key] = world_model.truth("check")
        return self._truths[key]

    def findings(self, path: Path) -> list[Finding]:
        """Return the findings about one file."""
        try:
            return self.findings_in(read_text(path), path)
        except InputError as error:
            return in_line_order(error.findings)

    def findings_in(self, text: str, path: Path) -> list[Finding]:
        """Return the findings about a text that stands, or is to stand, in a file."""
        try:
            found = list(self._checks[kind_of(path).name](text, path))
        except InputError as error:
            found = list(error.findings)
        except RecursionError:
            message = "the file is nested too deeply to be checked"
            found = [Finding("too-deep", message, Span(str(path), 1, 1))]
        return in_line_order(found)

    def _tree(self, text: str, path: Path) -> Iterator[Finding]:
        tree, findings = parse_leniently(text, TreeSpec, file=str(path))
        yield from findings
        if tree is None:
            return
        name = path.name.removesuffix(SUFFIX)
        if tree.tree != name and path.name.endswith(SUFFIX):
            message = f"tree '{tree.tree}' stands in '{path.name}'"
            hint = f"name the file {tree.tree}.tree.yaml"
            yield Finding("wrong-file-name", message, tree.span("tree"), hint)
        deployment = self._deployment_of(tree.domain or "", path.parent)
        if isinstance(deployment, InputError):
            yield from deployment.findings
            return
        library = deployment.library.beside(path.parent, is_tolerant=True)
        found = check_tree(
            tree,
            deployment.domain,
            deployment.vocabulary,
            library,
            skills=deployment.catalog.names(deployment.kind.name),
            objects=deployment.scene.objects,
            has_gaps=bool(findings),
        )
        yield from found
        is_sound = not findings and all(finding.severity == "warning" for finding in found)
        truth = self._truth(deployment) if self._in_world and is_sound else None
        if truth is not None:
            problem = PlanningProblem(deployment.domain, deployment.scene, truth, library)
            yield from check_feasibility(tree, problem)

    def _domain(self, text: str, path: Path) -> Iterator[Finding]:
        domain, findings = parse_leniently(text, Domain, file=str(path))
        yield from findings
        if domain is not None:
            yield from domain_findings(domain)

    def _scene(self, text: str, path: Path) -> Iterator[Finding]:
        scene, findings = parse_leniently(text, Scene, file=str(path))
        yield from findings
        if scene is None:
            return
        used = self._deployment
        of_robot = used.kind.furniture_findings if isinstance(used, Deployment) else None
        yield from furniture_findings(scene) if of_robot is None else of_robot(scene)
        file = self._files.domain(scene.domain, path.parent)
        domain: Domain | None = None
        if file is not None:
            domain, _ = parse_leniently(read_text(file), Domain, file=str(file))
        elif isinstance(used, Deployment):
            domain = used.domain
        else:
            yield from used.findings
        if domain is None:
            return
        found = list(scene_findings(scene, domain))
        yield from found
        if not findings and all(one.severity == "warning" for one in found):
            yield from placement_findings(scene, domain, self._placement_severity(scene))

    def _placement_severity(self, scene: Scene) -> Literal["error", "warning"]:
        """Return the severity of a thing that is nowhere: a robot may look for it."""
        deployment = self._deployment
        if isinstance(deployment, InputError) or deployment.domain.domain != scene.domain:
            return "warning"
        return "error" if deployment.kind.needs_places else "warning"

    def _scenario(self, text: str, path: Path) -> Iterator[Finding]:
        _, findings = parse_leniently(text, Scenario, file=str(path))
        is_whole = "extends:" not in text and "${" not in text
        if findings and is_whole:
            yield from findings
        else:  # it is one only with what it extends, or with the values that vary
            yield from variant_findings(load_variants(path), Deployments(imports=self._imports))

    def _words(self, text: str, path: Path) -> Iterator[Finding]:
        words, findings = parse_leniently(text, LearnedWords, file=str(path))
        yield from findings
        if words is None:
            return
        if isinstance(self._deployment, InputError):
            yield from self._deployment.findings
            return
        yield from learned_findings(words, self._deployment.vocabulary)
        uses = [(one.means, one.span("means")) for one in words.readings]
        yield from self._deprecated(uses, self._deployment)

    def _parameters(self, text: str, path: Path) -> Iterator[Finding]:
        parameters, findings = parse_leniently(text, LearnedParameters, file=str(path))
        yield from findings
        if parameters is None or findings:
            return
        yield from pin_findings(parameters)
        if isinstance(self._deployment, InputError):
            yield from self._deployment.findings
            return
        own = parameters.of(scope_of(self._deployment))
        latest = {row.detector: row for one in own for row in one.thresholds}
        yield from threshold_findings(latest.values(), self._deployment)

    def _orders(self, text: str, path: Path) -> Iterator[Finding]:
        orders, findings = parse_leniently(text, StandingOrderFile, file=str(path))
        yield from findings
        if orders is None:
            return
        if isinstance(self._deployment, InputError):
            yield from self._deployment.findings
            return
        yield from standing_findings(orders, self._deployment.vocabulary)
        uses = [(order.never, order.span("never")) for order in orders.orders]
        yield from self._deprecated(uses, self._deployment)

    def _deprecated(
        self, uses: Sequence[tuple[Formula | None, Span | None]], deployment: Deployment
    ) -> Iterator[Finding]:
        """Yield a warning for each deprecated predicate and object of formulas."""
        yield from formula_uses(uses, deployment.domain.predicates)
        yield from object_uses(uses, deployment.scene.objects)

    def _answers(self, text: str, path: Path) -> Iterator[Finding]:
        _, findings = parse_leniently(text, RecordedAnswers, file=str(path))
        yield from findings

    def _deployment_file(self, text: str, path: Path) -> Iterator[Finding]:
        try:
            Deployment.load(DeploymentOverrides(config=path), imports=self._imports)
        except InputError as error:
            yield from error.findings
