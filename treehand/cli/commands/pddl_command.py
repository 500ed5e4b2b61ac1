"""``treehand plan --pddl``: plans for problems that other people wrote."""

from __future__ import annotations

import json
from pathlib import Path

from treehand.cli.output import console_for, write_text
from treehand.orchestrator.running.result import Outcome
from treehand.planners.pddl import PddlPlan, plan_pddl, read_pddl
from treehand.trees import tree_to_dict, tree_to_yaml
from treehand.trees.format.spec_drawing import tree_of_spec


def plan_files(domain: Path, problem: Path, *, as_json: bool, out: Path | None) -> int:
    """Plan for a PDDL problem, print the plan, and return the exit code."""
    read = read_pddl(domain, problem)
    plan = plan_pddl(read)
    console = console_for(as_json=as_json, is_quiet=as_json)
    if isinstance(plan, PddlPlan):
        outcome, message = Outcome.SUCCESS, plan.checked
        console.print(tree_of_spec(plan.tree))
        for action in plan.actions:
            console.print(f"  {action}", markup=False, highlight=False)
        console.print(f"  cost {plan.cost:g}; no plan costs less than {plan.bound:g}")
        console.print(f"  checked: {message}")
        if out is not None:
            write_text(out, tree_to_yaml(plan.tree))
            console.print(f"  written to {out}")
    else:
        outcome = Outcome.INFEASIBLE if plan.is_proven else Outcome.FAILURE
        message = plan.why
        console.print(f"{outcome.value}  {message}", markup=False)
    if as_json:
        found = plan if isinstance(plan, PddlPlan) else None
        report = {
            "outcome": outcome.value,
            "message": message,
            "actions": list(found.actions) if found else None,
            "cost": found.cost if found else None,
            "bound": found.bound if found else None,
            "tree": tree_to_dict(found.tree) if found else None,
        }
        print(json.dumps(report, ensure_ascii=False))
    return outcome.exit_code
