"""Many scenario files, run and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from treehand.core.errors import InputError, near
from treehand.scenarios.engines.runners import Runner
from treehand.scenarios.format.files import Deployments, Variant, load_variants, variant_findings
from treehand.scenarios.running.cases import Case, CaseReport, refused, seeds_of
from treehand.scenarios.suites.statistics import Sprt
from treehand.scenarios.suites.verdicts import ScenarioVerdict, judge

SUFFIX = ".scenario.yaml"
WRONG_SUFFIX = ".scenario.yml"
"""Ending of files that were meant as scenarios: they are errors, not passed over."""


def wrong_suffix(path: Path) -> InputError:
    """Return the error for a file that ends in `WRONG_SUFFIX`."""
    message = f"'{path}' is of no known kind: names end in .yaml, not .yml"
    hint = f"rename it to {path.with_suffix('.yaml').name}"
    return InputError.of("unknown-kind", message, hint=hint)


@dataclass
class Suite:
    """The scenarios of some files.

    Attributes:
        variants: Those that can be run.
        broken: Files that cannot, as verdicts.
    """

    variants: list[Variant] = field(default_factory=list)
    broken: list[ScenarioVerdict] = field(default_factory=list)

    def add(self, path: Path, deployments: Deployments, *, only: str = "") -> None:
        """Take in a file; one that cannot be read, or names something unknown, is an error."""
        try:
            variants = [v for v in load_variants(path) if only in ("", v.name)]
            if not variants:
                hint = "see the names with `treehand test --json`"
                raise InputError.of("unknown-variant", f"'{path}' has no '{only}'", hint=hint)
            errors = [f for f in variant_findings(variants, deployments) if f.severity == "error"]
            if errors:
                raise InputError(errors)
        except InputError as error:
            self.refuse(path, error)
        else:
            self.variants.extend(variants)

    def refuse(self, path: Path, error: InputError) -> None:
        """Take in a file that cannot be run, as an error."""
        verdict = ScenarioVerdict(
            status="error",
            why=str(error),
            path=str(path),
            variant="",
            scenario=path.name,
            reports=(refused(path, error),),
        )
        self.broken.append(verdict)

    def size(self, seed: int | None = None) -> int:
        """Return the number of runs."""
        return sum(1 if seed is not None else len(seeds_of(v)) for v in self.variants)

    def run(
        self,
        runner: Runner,
        *,
        seed: int | None = None,
        progress: Callable[[CaseReport], None] = lambda report: None,
    ) -> Iterator[ScenarioVerdict]:
        """Yield a verdict on each scenario, in the files' order.

        The broken ones come first, those with a sequential test last.

        Args:
            runner: Where they run.
            seed: Run this seed alone.
            progress: Called after each run.
        """
        yield from self.broken
        plans = [(v, seeds) for v in self.variants for seeds in _judged_together(v, seed)]
        whole = [plan for plan in plans if plan[0].scenario.sequential is None]
        cases = (Case(variant, one) for variant, seeds in whole for one in seeds)
        reports = runner.run(cases, progress)
        for variant, seeds in whole:
            yield judge(variant, _taken(reports, len(seeds)))
        for variant, seeds in plans:
            if variant.scenario.sequential is not None:
                yield _sequential(variant, seeds, runner, progress)


def _judged_together(variant: Variant, seed: int | None) -> list[tuple[int, ...]]:
    """Return the seeds of a scenario's runs, those that get one verdict together."""
    if seed is not None:
        return [(seed,)]
    seeds = seeds_of(variant)
    is_each = variant.scenario.seeds is not None
    return [(one,) for one in seeds] if is_each else [seeds]


def _sequential(
    variant: Variant,
    seeds: Sequence[int],
    runner: Runner,
    progress: Callable[[CaseReport], None],
) -> ScenarioVerdict:
    """Run a scenario until its sequential test decides."""
    scenario = variant.scenario
    test = Sprt(scenario.pass_rate or 1.0, scenario.sequential or 0.0)
    reports: list[CaseReport] = []
    cases = (Case(variant, seed) for seed in seeds)
    with closing(runner.run(cases, progress)) as coming:
        for report in coming:
            reports.append(report)
            decision = test.take(report.has_passed)
            if decision is not None:
                return judge(variant, reports, decision)
    return judge(variant, reports)


def _taken(reports: Iterator[CaseReport], count: int) -> Sequence[CaseReport]:
    return [next(reports) for _ in range(count)]


def is_hidden(file: Path, folder: Path) -> bool:
    """Return True if a file stands in a hidden folder within a folder, such as ``.minimised``."""
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def suite_of(paths: Iterable[Path], *, tags: Sequence[str] = (), only: str = "") -> Suite:
    """Return the scenarios of files and folders, those with one of the tags if any are given.

    Raises:
        InputError: If a path does not exist, or there is no scenario file.
    """
    files: list[Path] = []
    misnamed: list[Path] = []
    for path in paths:
        if path.is_dir():
            others = sorted(path.rglob(f"*{WRONG_SUFFIX}"))
            misnamed.extend(file for file in others if not is_hidden(file, path))
            files.extend(f for f in sorted(path.rglob(f"*{SUFFIX}")) if not is_hidden(f, path))
        elif path.name.endswith(WRONG_SUFFIX) and path.exists():
            misnamed.append(path)
        elif path.exists():
            files.append(path)
        else:
            raise InputError.of("unreadable-file", f"there is no file '{path}'")
    if not files and not misnamed:
        hint = f"scenario files are named *{SUFFIX}; `treehand new scenario NAME` writes one"
        raise InputError.of("unknown-kind", "there is no scenario here", hint=hint)
    suite, deployments = Suite(), Deployments()
    for file in dict.fromkeys(misnamed):
        suite.refuse(file, wrong_suffix(file))
    for file in dict.fromkeys(files):
        suite.add(file, deployments, only=only)
    known = {tag for variant in suite.variants for tag in variant.scenario.tags}
    for tag in tags:
        if tag not in known:
            hint = near(tag, known, what="tags")
            raise InputError.of("unknown-tag", f"no scenario has the tag '{tag}'", hint=hint)
    if tags:
        suite.variants = [v for v in suite.variants if set(tags) & set(v.scenario.tags)]
    return suite


def only_variant(path: Path) -> Variant:
    """Return the scenario of a file that holds one; raises `InputError` otherwise."""
    suite = suite_of([path])
    if suite.broken:
        raise InputError.of("failing-scenario", suite.broken[0].why)
    if len(suite.variants) > 1:
        message = f"'{path}' holds {len(suite.variants)} scenarios"
        hint = "take a file without 'vary', or one that extends it and fixes the values"
        raise InputError.of("failing-scenario", message, hint=hint)
    return suite.variants[0]
