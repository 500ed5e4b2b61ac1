"""From words to a goal, from a goal to a tree, and from a tree to a plan."""

from .amendments import Difference, amend, difference, leave_out
from .goal import GoalSpec, say
from .grammar import GrammarInterpreter
from .plan import Certificate, Estimates, Infeasible, Plan, Planner
from .rehearsal import rehearse

__all__ = [
    "Certificate",
    "Difference",
    "Estimates",
    "GoalSpec",
    "GrammarInterpreter",
    "Infeasible",
    "Plan",
    "Planner",
    "amend",
    "difference",
    "leave_out",
    "rehearse",
    "say",
]
