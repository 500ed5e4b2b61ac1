"""Completion, hover and definitions while a file is written, also one that is no YAML yet."""

from functools import cache
from pathlib import Path

import pytest

from treehand.authoring.language.folder_files import FolderFiles
from treehand.authoring.language.language_service import LanguageService
from treehand.authoring.language.yaml_cursor import ITEM, cursor_at
from treehand.core.errors import InputError
from treehand.orchestrator.config.deployment import Deployment

kitchen = cache(lambda: Deployment.load(looks_here=False))
SERVICE = LanguageService(lambda: kitchen())
TREE = Path("mug.tree.yaml")


def at_bar(text):
    """Return a text without its bar, and the line and column where it was."""
    before, _, after = text.partition("|")
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")


def labels(text, path=TREE):
    text, line, column = at_bar(text)
    return [one.label for one in SERVICE.complete(text, path, line, column)]


HEAD = "tree: mug\nparams: {item: movable}\nroot:\n  sequence:\n"


@pytest.mark.parametrize(
    ("text", "path", "is_key"),
    [
        ("ro|", (), True),
        ("root:\n  |", ("root",), True),
        ("root:\n  sequence:\n    - |", ("root", "sequence", ITEM), True),
        ("root:\n  sequence:\n  - |", ("root", "sequence", ITEM), True),
        ("root:\n  sequence:\n    - do: a\n      |", ("root", "sequence", ITEM), True),
        ("root:\n  sequence:\n    - do: a\n    - do: pi|", ("root", "sequence", ITEM, "do"), False),
        ("root: {do: x, re|", ("root",), True),
        ("root: {retry: {on: [gr|", ("root", "retry", "on", ITEM), False),
        ("root:\n  retry:\n    on:\n      - |", ("root", "retry", "on", ITEM), True),
        ("a:\n  b:\n    c: 1\n  d|", ("a",), True),
        ("a:\n  b:\n    c: 1\nd|", (), True),
        ('a: "x: {y|', ("a",), False),
        ("root:\n  sequence:\n    - fallback:\n        - sequence:\n            - che|",
         ("root", "sequence", ITEM, "fallback", ITEM, "sequence", ITEM), True),
    ],
)  # fmt: skip
def test_the_place_of_a_cursor(text, path, is_key):
    found = cursor_at(*at_bar(text))
    assert (found.path, found.is_key) == (path, is_key)


@pytest.mark.parametrize(
    ("text", "offered", "not_offered"),
    [
        (HEAD + "    - re|", {"retry", "repeat"}, {"do"}),
        (HEAD + "    - do: pi|", {"pick"}, {"put_in", "in"}),
        (HEAD + "    - do: put_in(item, |", {"sink", "fridge"}, {"red_mug", "pick"}),
        (HEAD + "    - check: |", {"in", "holding", "is_open"}, {"pick"}),
        (HEAD + "    - do: pick(|", {"item", "red_mug"}, {"sink"}),
        (HEAD + "    - do: pick(item)\n      retry: {on: [grasp|", {"grasp-dropped"}, {"timeout"}),
        (HEAD + "    - subtree: |", {"take", "find", "wash_up"}, {"pick"}),
        (HEAD + "    - parallel: []\n      succeed_on: |", {"all", "one"}, {"true"}),
        (HEAD + "    - for_each: d in |", {"dish", "movable"}, {"pick"}),
        ("tree: mug\nparams: {item: mov|", {"movable"}, {"pick"}),
        ("tree: mug\ntr|", set(), {"tree"}),
    ],
)  # fmt: skip
def test_what_fits_is_offered(text, offered, not_offered):
    found = set(labels(text))
    assert offered <= found
    assert not not_offered & found


def test_own_subtrees_are_offered():
    text = HEAD + "    - subtree: fe|\nsubtrees:\n  fetch:\n    root: {do: pick(red_mug)}\n"
    assert labels(text) == ["fetch"]


@pytest.mark.parametrize(
    ("text", "title", "about"),
    [
        (HEAD + "    - do: pi|ck(item)\n", "pick(item: movable)", "grasp-dropped"),
        (HEAD + "    - check: i|n(item, sink)\n", "in(item: ", ""),
        (HEAD + "    - do: put_in(item, si|nk)\n", "sink: sink", "scene"),
        (HEAD + "    - subtree: ta|ke(item)\n", "take(", ""),
        (HEAD + "    - che|ck: in(item, sink)\n", "check", "SUCCESS"),
        (HEAD + "    - do: pi|ck(item\n    broken: [\n", "pick(item: movable)", "Needs"),
    ],
)  # fmt: skip
def test_hover_explains_the_word(text, title, about):
    text, line, column = at_bar(text)
    found = SERVICE.hover(text, TREE, line, column)
    assert found.title.startswith(title)
    assert about in found.about


@pytest.mark.parametrize(
    "text",
    [*("", "\n" * 50, "{" * 500, "[" * 500 + "|", "- " * 300, "a: &b *b", "\t\tdo: x", "'" * 99),
     *("root: !!python/object:os.system x", "é" * 999, "do: pick((((", ": : :", "\x00", "%YAML 9"),
     *("? a\n: b", "a: |\n  text\n  more", "#", "a:\n- b\n -c", "🍵: {🍵: 🍵", "a" * 100_000)],
)  # fmt: skip
def test_no_text_breaks_the_service(text):
    for line, column in ((1, 1), (1, 10**6), (10**6, 1), (2, 3), (0, -1)):
        SERVICE.complete(text, TREE, line, column)
        SERVICE.hover(text, TREE, line, column)
        SERVICE.named_at(text, TREE, line, column)
    SERVICE.findings(text, TREE)
    SERVICE.complete(text, Path("of_no_kind.txt"), 1, 1)


def test_a_declaration_is_found_and_a_new_name_needs_saved_files(tmp_path):
    tree = tmp_path / "mug.tree.yaml"
    text = HEAD + "    - do: pick(item)\n"
    tree.write_text(text)
    files = FolderFiles(tmp_path, (kitchen().domain_path,))
    one = SERVICE.occurrence(text, tree, 5, 12)
    found = files.declaration(one, {})
    assert found.file == str(kitchen().domain_path)
    assert "pick:" in Path(found.file).read_text().splitlines()[found.line - 1]
    param = SERVICE.occurrence(text, tree, 5, 17)
    assert files.declaration(param, {tree: text}).line == 2
    made = files.rename(param, "thing", {tree: text})
    assert "pick(thing)" in made.files[0].after
    with pytest.raises(InputError, match="unsaved-file"):
        files.rename(param, "thing", {tree: text + "# more\n"})
