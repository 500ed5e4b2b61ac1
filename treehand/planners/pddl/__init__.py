"""PDDL import and export, on top of `unified_planning` (extra ``[pddl]``)."""

from treehand.planners.pddl.parser import PddlProblem, read_pddl
from treehand.planners.pddl.planning import PddlPlan, plan_pddl
from treehand.planners.pddl.writer import write_pddl

__all__ = ["PddlPlan", "PddlProblem", "plan_pddl", "read_pddl", "write_pddl"]
