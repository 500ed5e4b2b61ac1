"""From words to a goal, from a goal to a tree, and from a tree to a plan."""

from .amendments import Difference, amend, difference, leave_out
from .claims import MAX_STATES, Claim, Violation
from .estimates import Estimates, Experience, SkillRecord
from .goal import GoalSpec, in_words, say
from .grammar import GrammarInterpreter, Lexicon
from .hazards import with_refusal
from .plan import Certificate, Infeasible, Plan, Planner, PlanningWay
from .rehearsal import choices, count_of_choices, rehearse
from .time_limits import TimeLimit, time_limit_of
from .verification import Verification

__all__ = [
    "MAX_STATES",
    "Certificate",
    "Claim",
    "Difference",
    "Estimates",
    "Experience",
    "GoalSpec",
    "GrammarInterpreter",
    "Infeasible",
    "Lexicon",
    "Plan",
    "Planner",
    "PlanningWay",
    "SkillRecord",
    "TimeLimit",
    "Verification",
    "Violation",
    "amend",
    "choices",
    "count_of_choices",
    "difference",
    "in_words",
    "leave_out",
    "rehearse",
    "say",
    "time_limit_of",
    "with_refusal",
]
