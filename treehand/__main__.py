"""``python -m treehand``, and the ``treehand`` command.

``treehand stop`` does not wait for the libraries of the command line to load.
"""

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; an interrupt while it loads is one too."""
    try:
        if sys.argv[1:2] == ["stop"]:
            from treehand.cli.stopping import quick_stop

            if not set(quick_stop.HELP) & set(sys.argv):
                sys.exit(quick_stop.main(sys.argv[2:]))
        from treehand.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # the modules of the current folder are somebody's, as for `treehand`
    main()
