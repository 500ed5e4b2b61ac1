"""Forward search by relaxed plans, landmarks and novelty, and plans made shorter."""

from treehand.planners.search.forward.effort import OutOfEffort
from treehand.planners.search.forward.forward_search import ForwardSearch
from treehand.planners.search.forward.greedy_search import GreedySearch
from treehand.planners.search.forward.shortening import Shortening

__all__ = ["ForwardSearch", "GreedySearch", "OutOfEffort", "Shortening"]
