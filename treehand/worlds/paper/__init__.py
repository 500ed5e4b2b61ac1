"""The paper world: plays the action models of any domain, in any scene of it."""

from treehand.worlds.paper.skills import skills_of
from treehand.worlds.paper.world import PaperWorld

__all__ = ["PaperWorld", "skills_of"]
