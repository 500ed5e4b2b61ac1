"""Planning over ground atoms: exact, fast, and with a bound on what it costs."""

from .grounding import Grounded, Grounder, TooManyCases
from .policy import Policy
from .problem import Operator, Problem, ProblemBuilder
from .search import EFFORT, Effort, NoSolution, Searcher, Solution
from .trees import bound_node, tree_of

__all__ = [
    "EFFORT",
    "Effort",
    "Grounded",
    "Grounder",
    "NoSolution",
    "Operator",
    "Policy",
    "Problem",
    "ProblemBuilder",
    "Searcher",
    "Solution",
    "TooManyCases",
    "bound_node",
    "tree_of",
]
