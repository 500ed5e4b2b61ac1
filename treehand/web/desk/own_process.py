"""Commands of processes that the server starts with its own code."""

from __future__ import annotations

import sys


def own_process(module: str) -> list[str]:
    """Return the command that runs `main` of a module of this package.

    No module of the folder that is served takes another one's place.

    Args:
        module: Full name of the module.
    """
    path = [folder for folder in sys.path if folder]
    begin = f"from {module} import main; main()"
    return [sys.executable, "-P", "-c", f"import sys; sys.path[:] = {path!r}; {begin}"]
