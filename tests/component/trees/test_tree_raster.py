"""PNG pictures of trees, drawn by the real rasteriser."""

import struct

import pytest

pytest.importorskip("resvg_py", reason="needs the extra png")

from treehand.core.errors import InputError
from treehand.trees.drawing.tree_outline import OutlineNode
from treehand.trees.drawing.tree_picture import tree_svg
from treehand.trees.drawing.tree_raster import MAX_PIXELS, SCALE, SIZE, tree_png


@pytest.fixture(autouse=True)
def fonts():
    try:
        tree_png(picture(1))
    except InputError as error:
        if error.findings[0].code != "no-fonts":
            raise
        pytest.skip("this machine has no fonts")


def picture(leaves):
    labels = [f"pick(cup_{n})" for n in range(leaves)]
    below = [OutlineNode(path=f"r/{one}", label=one, kind="do") for one in labels]
    root = OutlineNode(path="r", label="sequence", kind="sequence", children=below)
    return tree_svg(root, title="cups")


def size_of(png):
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


def test_a_png_has_two_pixels_for_each_of_the_drawing():
    drawn = picture(3)
    width, height = map(int, SIZE.findall(drawn)[0])
    assert size_of(tree_png(drawn)) == (SCALE * width, SCALE * height)


def test_labels_and_colors_reach_the_png():
    drawn = picture(3)
    assert tree_png(drawn) != tree_png(drawn.replace("cup_", "mug_"))
    assert tree_png(drawn) != tree_png(drawn.replace('class="ground"', ""))  # black


def test_a_large_drawing_is_scaled_down():
    width, height = size_of(tree_png(picture(119)))
    assert width * height <= MAX_PIXELS
