"""Scenario regression tests: files, runs, reports, statistics, campaigns."""

from treehand.scenarios.format.files import Deployments, Variant, load_variants, variant_findings
from treehand.scenarios.format.model import Bound, Expectations, Scenario, ScenarioFault
from treehand.scenarios.running.cases import Case, CaseReport, cases_of, run_case

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
