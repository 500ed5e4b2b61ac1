"""A deployment with the parameters that a person promoted from past runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from treehand.core.errors import Finding, InputError, near
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.detector_settings import DetectorModel
from treehand.orchestrator.improving.learned_parameters import (
    LearnedPrior,
    LearnedRetry,
    LearnedThreshold,
    PromotionScope,
)
from treehand.orchestrator.improving.parameters_file import ParametersFile
from treehand.skills.domain import Domain, FailureModel, RetryModel, SkillModel


def scope_of(deployment: Deployment) -> PromotionScope:
    """Return the scope of promotions that are for a deployment."""
    config = deployment.source.config
    names = deployment.kind.name, deployment.domain.domain, deployment.domain_version
    return PromotionScope(*names, str(config) if config is not None else "")


def with_learned(
    deployment: Deployment, path: Path | None, *, pin: str | None = None
) -> Deployment:
    """Return a deployment with what was promoted for it; itself if nothing was.

    Args:
        deployment: The deployment, as its files have it.
        path: The file of learned parameters, which need not exist; None if there is none.
        pin: Pin of the last promotion that counts; empty for none, None for all.

    Raises:
        InputError: If the file holds an error, a pin does not match, or a row does not fit; or if
            the file does not have the pin that is asked for.
    """
    if pin == "" or (path is None and pin is None):
        return deployment
    promotions = ParametersFile(path).load().of(scope_of(deployment)) if path is not None else ()
    if pin is not None:
        pins = [one.pin for one in promotions]
        if pin not in pins:
            message = f"the run began with learned parameters {pin}, which were taken back"
            hint = "start the goal anew: a run never goes on with other parameters"
            raise InputError.of("parameters-changed", message, hint=hint)
        promotions = promotions[: pins.index(pin) + 1]
    if not promotions:
        return deployment
    domain = deployment.domain
    for promotion in promotions:
        domain = _learned_domain(domain, promotion.priors, promotion.retries)
    latest = {row.detector: row for one in promotions for row in one.thresholds}
    findings = list(threshold_findings(latest.values(), deployment))
    if findings:
        raise InputError(findings)
    detectors = dict(deployment.detectors)
    for name, row in latest.items():
        detectors[name] = detectors[name].model_copy(update={"threshold": row.threshold})
    return replace(
        deployment,
        domain=domain,
        detectors=detectors,
        learned=promotions[-1].pin,
        file_domain=deployment.domain,
    )


def threshold_findings(
    rows: Iterable[LearnedThreshold], deployment: Deployment
) -> Iterator[Finding]:
    """Yield the thresholds that do not fit the detectors of a deployment."""
    for row in rows:
        detector = deployment.detectors.get(row.detector)
        span = row.span("detector")
        if detector is None:
            message = f"there is no detector '{row.detector}'"
            hint = near(row.detector, deployment.detectors, what="detectors")
            yield Finding("unknown-detector", message, span, hint)
        elif detector.threshold != row.was:
            message = (
                f"detector '{row.detector}' has threshold {detector.threshold:g} in its file, and "
                f"had {row.was:g} when {row.threshold:g} was learned"
            )
            hint = "`treehand improve --rollback` keeps the file's"
            yield Finding("stale-threshold", message, row.span("was"), hint)
        elif not _has_room(detector, row.threshold):
            message = f"the band around threshold {row.threshold:g} reaches beyond 0 or 1"
            hint = "make 'hysteresis' of the detector smaller"
            yield Finding("wrong-detector", message, row.span("threshold"), hint)


def _has_room(detector: DetectorModel, threshold: float) -> bool:
    half = detector.hysteresis / 2
    return threshold - half >= 0.0 and threshold + half <= 1.0


def _learned_domain(
    domain: Domain, priors: Iterable[LearnedPrior], retries: Iterable[LearnedRetry]
) -> Domain:
    skills = dict(domain.skills)
    for prior in priors:
        skills[prior.skill] = _with_prior(skills[prior.skill], prior)
    for retry in retries:
        model = skills[retry.skill]
        learned = (model.retry or RetryModel()).model_copy(
            update={"attempts": retry.attempts, "on": retry.codes}
        )
        skills[retry.skill] = model.model_copy(update={"retry": learned})
    return domain.with_skills(skills)


def _with_prior(model: SkillModel, prior: LearnedPrior) -> SkillModel:
    failure = model.failures.get(prior.code, FailureModel())
    changed = failure.model_copy(update={"probability": prior.probability})
    return model.model_copy(update={"failures": {**model.failures, prior.code: changed}})
