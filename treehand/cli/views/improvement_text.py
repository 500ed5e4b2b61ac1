"""Proposals from past runs in words, a line each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from treehand.orchestrator.improving.learned_parameters import (
    LearnedPrior,
    LearnedRetry,
    LearnedThreshold,
    RunEvidence,
)
from treehand.orchestrator.improving.past_runs import ranges
from treehand.orchestrator.improving.proposals import FinetuneSet, Proposals
from treehand.skills import FailureCode


def proposal_lines(proposals: Proposals) -> Iterator[str]:
    """Yield a line for each row."""
    yield from map(_prior_words, proposals.priors)
    yield from map(_retry_words, proposals.retries)
    yield from map(_threshold_words, proposals.thresholds)
    yield from map(_set_words, proposals.sets)


def runs_text(runs: Sequence[str]) -> str:
    """Return the numbers of runs, in short."""
    return f"run{'' if len(runs) == 1 else 's'} {ranges(runs)}"


def _share(evidence: RunEvidence) -> str:
    return (
        f"{evidence.count} of {evidence.n} ({evidence.low:.1%} to {evidence.high:.1%}; "
        f"runs {evidence.runs})"
    )


def _prior_words(row: LearnedPrior) -> str:
    return (
        f"{row.skill}: probability of {row.code.value} {row.was:g} -> {row.probability:g}: "
        f"failed so {_share(row.evidence)}"
    )


def _retry_words(row: LearnedRetry) -> str:
    was = _attempts_words(row.was_attempts, row.was_codes) if row.was_codes else "no retry"
    return (
        f"{row.skill}: {was} -> {_attempts_words(row.attempts, row.codes)}: {row.reason}; further "
        f"attempts succeeded {_share(row.evidence)}"
    )


def _attempts_words(attempts: int, codes: Sequence[FailureCode]) -> str:
    return f"{attempts} attempts on {', '.join(code.value for code in codes)}"


def _threshold_words(row: LearnedThreshold) -> str:
    return (
        f"{row.detector}: threshold {row.was:g} -> {row.threshold:g}: wrong {row.wrong} times in "
        f"place of {row.wrong_before} on held-out runs (p = {row.p_value:.2g}); right "
        f"{_share(row.evidence)}"
    )


def _set_words(row: FinetuneSet) -> str:
    return (
        f"{row.skill}: the policy succeeded {_share(row.evidence)}: fine-tune from these runs: "
        f"treehand export {' '.join(row.runs)} --format lerobot --out {row.skill}_failures"
    )
