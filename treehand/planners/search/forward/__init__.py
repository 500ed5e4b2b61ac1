"""Forward search by relaxed plans and landmarks, and plans made shorter."""

from treehand.planners.search.forward.forward_search import ForwardSearch
from treehand.planners.search.forward.greedy_search import GreedySearch, OutOfEffort
from treehand.planners.search.forward.shortening import Shortening

__all__ = ["ForwardSearch", "GreedySearch", "OutOfEffort", "Shortening"]
