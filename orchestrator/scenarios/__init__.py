"""Scenario regression tests: files, runs, reports, statistics, campaigns."""

from .cases import Case, CaseReport, cases_of, run_case
from .files import Deployments, Variant, load_variants, variant_findings
from .model import Bound, Expectations, Scenario, ScenarioFault

__all__ = [
    "Bound",
    "Case",
    "CaseReport",
    "Deployments",
    "Expectations",
    "Scenario",
    "ScenarioFault",
    "Variant",
    "cases_of",
    "load_variants",
    "run_case",
    "variant_findings",
]
