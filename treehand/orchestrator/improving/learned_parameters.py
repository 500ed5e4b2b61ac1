"""Learned parameters: what a person promoted from past runs, as a file has it.

A promotion belongs to one world, domain version and deployment file. Its pin is a hash over all of
it and over the pin of the promotion before it, so a row that was altered by hand is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, NamedTuple

from pydantic import Field

from treehand.core.errors import Finding
from treehand.documents.reader import Located
from treehand.skills import FailureCode
from treehand.skills.domain import Name

PIN_DIGITS = 16
Share = Annotated[float, Field(ge=0, le=1)]


class RunEvidence(Located):
    """Evidence from past runs for one row: a share, its interval, and the runs."""

    count: Annotated[int, Field(ge=0)]
    """Number of cases in which it was so."""
    n: Annotated[int, Field(ge=1)]
    """Number of cases in all."""
    low: Share
    """Lower end of the share's interval (Wilson), 95 % over all shares that were looked at."""
    high: Share
    """Upper end."""
    runs: str
    """Runs that have such cases: ``1..24, 30``."""


class LearnedPrior(Located):
    """Failure probability of one attempt at a skill."""

    skill: Name
    """The skill."""
    code: FailureCode
    """The failure code."""
    probability: Share
    """Learned probability."""
    was: Share
    """Probability in the domain file; 0 if it does not declare the failure."""
    evidence: RunEvidence
    """Failures among attempts that did not follow a failure of the same call."""


class LearnedRetry(Located):
    """Retry parameters of a skill; pause and steps in between stay those of the domain."""

    skill: Name
    """The skill."""
    attempts: Annotated[int, Field(ge=1, le=100)]
    """Learned number of attempts, the first one included."""
    codes: Annotated[tuple[FailureCode, ...], Field(min_length=1)]
    """Failure codes that are retried."""
    was_attempts: Annotated[int, Field(ge=1)]
    """Number of attempts in the domain file; 1 without a retry."""
    was_codes: tuple[FailureCode, ...] = ()
    """Failure codes in the domain file."""
    reason: str
    """Reason of the change, in words."""
    evidence: RunEvidence
    """Successes among attempts that followed a failure of the same call."""


class LearnedThreshold(Located):
    """Threshold of a detector."""

    detector: Name
    """The detector, as ``treehand.yaml`` names it."""
    threshold: Share
    """Learned threshold."""
    was: Share
    """Threshold in ``treehand.yaml``."""
    wrong_before: Annotated[int, Field(ge=0)]
    """Wrong decisions on the held-out scores with the threshold before."""
    wrong: Annotated[int, Field(ge=0)]
    """Wrong decisions on the held-out scores with the learned threshold."""
    p_value: Share
    """Exact McNemar test on the held-out scores, two-sided."""
    evidence: RunEvidence
    """Right decisions with the learned threshold on the held-out scores."""


class ShadowRecord(Located):
    """Shadow evaluation before the promotion: the same held-out seeds with old and new."""

    seeds: str
    """Held-out seeds: ``1000..1039``."""
    goals: tuple[str, ...]
    """Goals that were run, in turn."""
    old: Annotated[int, Field(ge=0)]
    """Runs that reached the goal with the parameters before."""
    new: Annotated[int, Field(ge=0)]
    """Runs that reached it with the proposed ones."""
    n: Annotated[int, Field(ge=1)]
    """Number of pairs of runs."""
    p_value: Share
    """Exact McNemar test, two-sided."""


class PromotionScope(NamedTuple):
    """The deployments that a promotion is for."""

    world: str
    domain: str
    version: str
    """Version of the domain, without what was learned."""
    config: str
    """Path of the deployment file; empty without one."""


class Promotion(Located):
    """Rows that a person promoted at once."""

    pin: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """Hash over this promotion and the one before it in the same scope."""
    promoted: date
    """Day of the promotion, as ``2026-11-28``."""
    by: str
    """The person."""
    world: Name
    """World of the runs."""
    domain: Name
    """Domain of the runs."""
    version: str
    """Version of the domain: a hash over its action models."""
    config: str = ""
    """Path of the deployment file; empty without one."""
    shadow: ShadowRecord | None = None
    """Shadow evaluation; None where the world is not simulated."""
    priors: tuple[LearnedPrior, ...] = ()
    """Failure probabilities."""
    retries: tuple[LearnedRetry, ...] = ()
    """Retry parameters."""
    thresholds: tuple[LearnedThreshold, ...] = ()
    """Thresholds of detectors."""

    @property
    def scope(self) -> PromotionScope:
        """Return the deployments that it is for."""
        return PromotionScope(self.world, self.domain, self.version, self.config)

    def pin_after(self, before: str) -> str:
        """Return the hash over this promotion and the pin before it; empty for the first one."""
        content = self.model_dump(mode="json", exclude={"pin"})
        text = json.dumps([before, content], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:PIN_DIGITS]


class LearnedParameters(Located):
    """``*.parameters.yaml``: parameters that a person promoted from past runs."""

    promotions: Annotated[tuple[Promotion, ...], Field(max_length=500)] = ()
    """Promotions, oldest first; of two rows about the same, the later one counts."""

    def of(self, scope: PromotionScope) -> tuple[Promotion, ...]:
        """Return the promotions for a deployment, oldest first."""
        return tuple(one for one in self.promotions if one.scope == scope)

    def pin_of(self, scope: PromotionScope) -> str:
        """Return the pin in force for a deployment; empty if nothing was promoted."""
        own = self.of(scope)
        return own[-1].pin if own else ""


def pin_findings(parameters: LearnedParameters) -> Iterator[Finding]:
    """Yield the promotions whose pin does not match their content."""
    before: dict[PromotionScope, str] = {}
    for one in parameters.promotions:
        expected = one.pin_after(before.get(one.scope, ""))
        if one.pin != expected:
            message = f"the pin is {one.pin}, and the content of this promotion has {expected}"
            hint = "it was altered after its promotion: restore it, or delete it and promote anew"
            yield Finding("pin-mismatch", message, one.span("pin"), hint)
        before[one.scope] = one.pin
