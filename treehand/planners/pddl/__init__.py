"""PDDL import and export; export needs the extra ``[pddl]``, and is in `planners.pddl.writer`."""

from treehand.planners.pddl.planning import PddlPlan, plan_pddl, plan_pddl_by_engine
from treehand.planners.pddl.problem import PddlProblem
from treehand.planners.pddl.translation import read_pddl

__all__ = ["PddlPlan", "PddlProblem", "plan_pddl", "plan_pddl_by_engine", "read_pddl"]
