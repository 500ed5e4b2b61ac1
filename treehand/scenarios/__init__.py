"""Scenario regression tests: files, runs, reports, statistics, campaigns."""

from treehand.scenarios.cases import Case, CaseReport, cases_of, run_case
from treehand.scenarios.files import Deployments, Variant, load_variants, variant_findings
from treehand.scenarios.model import Bound, Expectations, Scenario, ScenarioFault

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
