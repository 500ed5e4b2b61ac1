"""Pictures that are chosen and laid side by side."""

import numpy as np

from treehand.orchestrator.people.pictures import evenly, tiled


def test_pictures_are_chosen_at_even_distances_with_the_first_and_the_last():
    assert evenly(range(101), 5) == [0, 25, 50, 75, 100]
    assert evenly("ab", 4) == ["a", "a", "b", "b"]
    assert evenly([], 3) == []


def test_rows_of_pictures_become_one():
    grey = np.full((2, 3, 3), 7, np.uint8)
    assert tiled([[grey, grey], [grey, grey]]).shape == (4, 6, 3)
