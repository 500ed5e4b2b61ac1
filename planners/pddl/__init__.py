"""PDDL, read and written; the format itself is `unified_planning`'s (extra ``[pddl]``)."""

from .planning import PddlPlan, plan_pddl
from .reading import PddlProblem, read_pddl
from .writing import write_pddl

__all__ = ["PddlPlan", "PddlProblem", "plan_pddl", "read_pddl", "write_pddl"]
