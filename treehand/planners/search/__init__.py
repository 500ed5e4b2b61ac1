"""Search over ground atoms: complete, with a lower bound on the cost of plans."""

from treehand.planners.search.disjunctive_form import TooManyCases
from treehand.planners.search.ground_problem import GroundProblem, GroundProblemBuilder, Operator
from treehand.planners.search.grounding import Grounded, Grounder
from treehand.planners.search.policy_graph import PolicyGraph
from treehand.planners.search.searcher import EFFORT, Effort, NoSolution, Searcher, Solution
from treehand.planners.search.tree_of_plan import bound_node, tree_of

__all__ = [
    "EFFORT",
    "Effort",
    "GroundProblem",
    "GroundProblemBuilder",
    "Grounded",
    "Grounder",
    "NoSolution",
    "Operator",
    "PolicyGraph",
    "Searcher",
    "Solution",
    "TooManyCases",
    "bound_node",
    "tree_of",
]
