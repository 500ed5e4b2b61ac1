"""Name of the user at the terminal."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """Return the name of the user at the terminal; a container may have none: "somebody"."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "somebody"
