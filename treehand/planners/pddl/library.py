"""Import of `unified_planning`, which writes PDDL, without its credits."""

from __future__ import annotations

from treehand.core.errors import MissingExtra

try:
    import unified_planning.shortcuts as up
    from unified_planning.io import PDDLWriter
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("the PDDL writer", "pddl") from error

up.get_environment().credits_stream = None
up.get_environment().error_used_name = False  # a type and an object may be called alike

__all__ = ["PDDLWriter", "up"]
