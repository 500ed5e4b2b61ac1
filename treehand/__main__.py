"""``python -m treehand``, and the ``treehand`` command.

``treehand stop`` does not wait for the libraries of the command line to load.
"""

import os
import sys

__all__ = ["main"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
"""Numbers of threads that the libraries under NumPy and torch read when they load."""


def _use_one_thread() -> None:
    """Let matrix products use one thread, unless the user has chosen a number.

    The threads of a product wait for each other by spinning, which delays the answers of a small
    policy on a busy machine.
    """
    if not any(os.environ.get(name) for name in _THREADS):
        os.environ.update(dict.fromkeys(_THREADS, "1"))


def main() -> None:
    """Run the command line; an interrupt while it loads is one too."""
    try:
        if sys.argv[1:2] == ["stop"]:
            from treehand.cli.stopping import quick_stop

            if not set(quick_stop.HELP) & set(sys.argv):
                sys.exit(quick_stop.main(sys.argv[2:]))
        _use_one_thread()
        from treehand.cli.app import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # the modules of the current folder are somebody's, as for `treehand`
    main()
