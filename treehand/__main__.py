"""``python -m treehand``, and the ``treehand`` command."""

from treehand.orchestrator.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
