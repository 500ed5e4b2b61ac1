"""From words to a goal, from a goal to a tree, and from a tree to a plan."""

from .goal import GoalSpec, say
from .grammar import GrammarInterpreter
from .plan import Certificate, Estimates, Infeasible, Plan, Planner
from .rehearsal import rehearse

__all__ = [
    "Certificate",
    "Estimates",
    "GoalSpec",
    "GrammarInterpreter",
    "Infeasible",
    "Plan",
    "Planner",
    "rehearse",
    "say",
]
