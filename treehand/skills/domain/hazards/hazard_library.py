"""The library of hazard rules, read from its file once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from treehand.documents.reader import read_file
from treehand.skills.domain.hazards.hazard import HazardLibrary

_FILE = Path(__file__).with_name("hazard_library.yaml")


@cache
def load_hazard_library() -> HazardLibrary:
    """Return the library of hazard rules and of the properties that they are about."""
    return read_file(_FILE, HazardLibrary)
