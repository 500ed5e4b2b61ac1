"""The words of the package: docstrings begin with their subject, names stand once."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import FLOORS, PACKAGE, modules

ROOMS = ("", *FLOORS)
"""The rooms, and the modules that stand in the package itself."""
QUESTION = re.compile(r"(?:Returns? )?(?:what|whether|how|who|which)\b", re.IGNORECASE)
SHARED_MODULES = {
    "__init__": "every package",
    "__main__": "every package that runs",
    **dict.fromkeys(("world", "robot", "skills", "state", "scene"), "parallel worlds"),
}
"""Names that several modules of a room may have, with the reason."""
SHARED_CLASSES: dict[str, str] = {}
"""Names that several classes may have, with the reason."""


def room_of(path: Path) -> str:
    """Return the room of a module; the empty text for those of the package itself."""
    first, *inside = path.relative_to(PACKAGE).parts
    return first if inside else ""


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of every docstring: modules, classes, functions and attributes."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        documented = isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        )
        for before, statement in zip([None, *body], body, strict=False):
            match statement:
                case ast.Expr(value=ast.Constant(value=str() as text)):
                    first = before is None and documented
                    if first or isinstance(before, ast.Assign | ast.AnnAssign):
                        yield statement.lineno, text


def questions(room: str) -> list[str]:
    """Return the docstrings of a room that begin with a question word."""
    found = []
    for path in modules():
        if room_of(path) != room:
            continue
        for line, text in docstrings(ast.parse(path.read_text(encoding="utf-8"))):
            first = text.strip().split("\n")[0]
            if QUESTION.match(first):
                found.append(f"{path.relative_to(PACKAGE.parent)}:{line}: {first}")
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_begin_with_their_subject(room):
    found = questions(room)
    assert not found, (
        "docstrings begin with a question word; name the subject first ('Return True if …', "
        "'Number of …'):\n" + "\n".join(found)
    )


def test_the_lint_sees_every_kind_of_docstring():
    source = '''"""Whether a module."""
LIMIT = 3
"""How many."""
class Thing:
    """What a class."""
    field: int
    """Who it is."""
    def method(self):
        """Return whether it is so."""
        """a text that documents nothing"""
'''
    found = [text for _, text in docstrings(ast.parse(source))]
    assert len(found) == 5
    assert all(QUESTION.match(text) for text in found)
    assert not any(
        QUESTION.match(text) for text in ("Whole tree.", "Return True if it holds.", "However.")
    )


def test_class_names_are_unique_in_the_package():
    places = defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(PACKAGE.parent)}:{node.lineno}")
    twice = {
        name: found
        for name, found in places.items()
        if len(found) > 1 and name not in SHARED_CLASSES
    }
    assert not twice, "\n".join(f"{name}: {', '.join(found)}" for name, found in twice.items())


@pytest.mark.parametrize("room", FLOORS)
def test_module_names_are_unique_in_a_room(room):
    places = defaultdict(list)
    for path in modules(room):
        if (room == "worlds" and path.stem in SHARED_MODULES) or path.stem.startswith("__"):
            continue
        if path.parent == PACKAGE / "cli" / "commands":
            continue  # a module there has the name of its command
        places[path.stem].append(str(path.relative_to(PACKAGE.parent)))
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert not twice, twice


HOME_MADE = re.compile(
    r"^_?(Situation|Ladder|Latch|Watchman|Record|Endings|Claims?|Ways?|Doubles?|Agenda|Slot|Board|"
    r"Judge|Shot|Strike|HereRunner|Past|Left|Recall|Checkup|Admission|Spoilt\w*|Glimpse|Eyes|"
    r"Sight|Told|Notes|Supposition|Starters|Session)$"
)
"""Class names that an earlier version used, and that no roboticist would search for."""


def test_home_made_names_stay_away():
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and HOME_MADE.match(node.name)
    ]
    assert not found, "\n".join(found)
