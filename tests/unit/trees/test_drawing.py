"""Drawn trees: places, folding, statuses of runs, and the SVG document."""

import re
from xml.etree import ElementTree

import pytest

from treehand.trees.drawing.tree_layout import count_nodes, fitting_text, place_nodes, text_width
from treehand.trees.drawing.tree_outline import OutlineNode
from treehand.trees.drawing.tree_picture import WHOLE, tree_svg


def node(label, *children, status="INVALID", kind="sequence", above=""):
    path = f"{above}/{label}" if above else label
    made = OutlineNode(path=path, label=label, kind=kind, status=status)
    made.children = [
        child.model_copy(update={"path": f"{path}/{child.label}"}) for child in children
    ]
    return made


def places(root, is_folded=lambda _: False):
    return place_nodes(root, is_folded, lambda one: (one.label,))


TREE = node("top", node("a", node("a1"), node("a2")), node("b"), node("c", node("c1")))


def test_siblings_stand_in_the_order_of_execution_and_nothing_overlaps():
    placed = places(TREE)
    assert [spot.node.label for spot in placed] == ["top", "a", "a1", "a2", "b", "c", "c1"]
    rows = [spot.y for spot in placed if spot.above is placed[0]]
    assert rows == sorted(set(rows))
    boxes = [(spot.x, spot.y, spot.width) for spot in placed]
    for at, (x, y, width) in enumerate(boxes):
        for other_x, other_y, other_width in boxes[at + 1 :]:
            assert y != other_y or x + width < other_x or other_x + other_width < x


def test_a_folded_node_says_how_many_it_hides():
    placed = places(TREE, lambda one: one.label == "a")
    assert [spot.node.label for spot in placed] == ["top", "a", "b", "c", "c1"]
    assert placed[1].hidden == 2


def test_a_deep_tree_is_laid_out_without_recursion():
    root = OutlineNode(path="n", label="n", kind="sequence")
    below = root
    for _ in range(5000):
        below.children.append(OutlineNode(path="n", label="n", kind="sequence"))
        below = below.children[0]
    assert len(places(root)) == count_nodes(root) == 5001


@pytest.mark.parametrize("text", ["", "a", "x" * 400, "湯を沸かす" * 20, "🍵" * 50])
def test_a_cut_text_fits(text):
    assert text_width(fitting_text(text, 100.0)) <= 100.0


@pytest.mark.parametrize("status", ["RUNNING", "SUCCESS", "FAILURE", "INVALID", "HALTED"])
def test_a_status_is_told_by_class_mark_and_word(status):
    svg = tree_svg(node("top", status=status), title="t", is_run=True)
    words = {"INVALID": "idle", "HALTED": "halted"}
    assert f"top, {words.get(status, status.lower())}" in svg
    assert f'class="sequence {status.lower()}"' in svg
    marks = {
        tree_svg(node("top", status=one), title="t", is_run=True).split('" d="')[-1].split('"')[0]
        for one in ("RUNNING", "SUCCESS", "FAILURE", "INVALID", "HALTED")
    }
    assert len(marks) == 5, "each status has a mark of its own shape"


def test_a_tree_that_did_not_run_has_no_marks():
    assert 'class="mark"' not in tree_svg(TREE, title="t")


def test_what_never_ran_is_folded_and_what_failed_is_remarked():
    root = node("top", node("a", node("a1"), node("a2")), node("b", status="FAILURE", kind="do"))
    root.status = "FAILURE"
    svg = tree_svg(root, title="t", remarks={"top/b": "grasp-dropped"}, is_run=True)
    assert ">+2<" in svg
    assert ">a1<" not in svg
    assert ">grasp-dropped<" in svg


def test_a_large_run_shows_the_way_to_each_remark():
    many = [node(f"n{n}", node(f"m{n}"), status="SUCCESS") for n in range(WHOLE)]
    root = node("top", *many, status="SUCCESS")
    root.children[3].children[0].path = "top/n3/m3"
    root.children[3].children[0].status = "FAILURE"
    svg = tree_svg(root, title="t", remarks={"top/n3/m3": "timeout"}, is_run=True)
    assert re.findall(r">(m\d+)<", svg) == ["m3"]


def test_the_document_loads_nothing():
    svg = tree_svg(node('<script>"&'), title="</svg><script>")
    ElementTree.fromstring(svg)
    assert "<script>" not in svg
    assert not re.search(r"href|@import|url\(|@font-face", svg)


def test_the_key_of_a_run_names_the_marks_that_are_in_the_picture():
    def key(**options):
        return tree_svg(node("top", status="HALTED"), title="t", **options).split('class="key"')[1]

    assert "‖ halted" in key(is_run=True)
    assert "success" not in key(is_run=True)
    assert "halted" not in key()
