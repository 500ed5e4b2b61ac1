"""Checks of a benchmark file: its deployments are sound, its formulas are of their domain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from treehand.core.errors import Finding, InputError
from treehand.core.literals import SyntaxFault
from treehand.documents.lenient import parse_leniently
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.scenarios.benchmarks.benchmark_file import Benchmark
from treehand.scenarios.benchmarks.practice_functions import practice_findings
from treehand.skills.domain import mismatch_findings, parse_formula
from treehand.skills.domain.deprecated_uses import object_uses
from treehand.skills.domain.deprecation import formula_uses


def benchmark_findings(text: str, path: Path, *, imports: bool = False) -> Iterator[Finding]:
    """Yield the findings in the text of a benchmark file.

    Args:
        text: The text.
        path: Its place; deployments are named from its folder.
        imports: Import the code that deployments name; else it is only read.
    """
    benchmark, findings = parse_leniently(text, Benchmark, file=str(path))
    yield from findings
    if benchmark is None or findings:
        return
    if benchmark.practice is not None:
        yield from practice_findings(benchmark.practice, path.parent)
    for name, contestant in benchmark.policies.items():
        span = contestant.span("config")
        config = path.parent / contestant.config
        if not config.is_file():
            yield Finding("unreadable-file", f"policy '{name}': there is no file '{config}'", span)
            continue
        try:
            deployment = Deployment.load(DeploymentOverrides(config=config), imports=imports)
        except InputError as error:
            yield from error.findings
            continue
        if contestant.role == "policy":
            for index, formula in enumerate(benchmark.success):
                place = benchmark.span("success", index)
                mismatches = deployment.vocabulary.check(formula, {})
                yield from mismatch_findings(mismatches, place, str(formula))
            yield from _deprecated(benchmark, deployment)


def _deprecated(benchmark: Benchmark, deployment: Deployment) -> Iterator[Finding]:
    """Yield a warning for each deprecated predicate and object of the goal and of success."""
    uses = [(one, benchmark.span("success", at)) for at, one in enumerate(benchmark.success)]
    with suppress(SyntaxFault):  # a goal in words
        uses.append((parse_formula(benchmark.goal), benchmark.span("goal")))
    yield from formula_uses(uses, deployment.domain.predicates)
    yield from object_uses(uses, deployment.scene.objects)
