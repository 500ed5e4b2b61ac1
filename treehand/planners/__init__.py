"""From words to a goal, from a goal to a tree, and from a tree to a plan."""

from treehand.planners.goals.changes import Difference, changed_goal, difference, leave_out
from treehand.planners.goals.goal import Goal, in_words, say
from treehand.planners.goals.planning_limits import PlanningLimits
from treehand.planners.goals.planning_problem import PlanningProblem
from treehand.planners.goals.readings import Answer, Question, Reading, Refusal
from treehand.planners.goals.requirements.time_limits import TimeLimit, time_limit_of
from treehand.planners.hazards.caution import Caution
from treehand.planners.hazards.scene_hazards import SceneHazards
from treehand.planners.plan import BranchOutline, Certificate, Infeasible, Plan, calls_of, trees_of
from treehand.planners.plan_finder import PlanningMethod
from treehand.planners.planner import Planner
from treehand.planners.reading.grammar import GrammarGoalReader, Lexicon
from treehand.planners.rollout.estimates import Estimates
from treehand.planners.rollout.experience import Experience, SkillRecord
from treehand.planners.rollout.odds import RunSite
from treehand.planners.verification.branching.verification_problem import (
    MAX_STATES,
    VerificationProblem,
    VerificationProgress,
)
from treehand.planners.verification.branching.violation import Violation
from treehand.planners.verification.feasibility import check_feasibility, choices, count_of_choices
from treehand.planners.verification.verifier import Verification, verify

__all__ = [
    "MAX_STATES",
    "Answer",
    "BranchOutline",
    "Caution",
    "Certificate",
    "Difference",
    "Estimates",
    "Experience",
    "Goal",
    "GrammarGoalReader",
    "Infeasible",
    "Lexicon",
    "Plan",
    "Planner",
    "PlanningLimits",
    "PlanningMethod",
    "PlanningProblem",
    "Question",
    "Reading",
    "Refusal",
    "RunSite",
    "SceneHazards",
    "SkillRecord",
    "TimeLimit",
    "Verification",
    "VerificationProblem",
    "VerificationProgress",
    "Violation",
    "calls_of",
    "changed_goal",
    "check_feasibility",
    "choices",
    "count_of_choices",
    "difference",
    "in_words",
    "leave_out",
    "say",
    "time_limit_of",
    "trees_of",
    "verify",
]
