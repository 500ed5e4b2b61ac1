"""Completion in the shell, asked for as zsh asks."""

import pytest

from treehand.trees.format.files import LIBRARY_FOLDER


@pytest.fixture
def completed(call, monkeypatch):
    """Return what is offered for a line that is not complete yet."""

    def offered(line):
        monkeypatch.setenv("_TREEHAND_COMPLETE", "complete_zsh")
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        return call().out

    return offered


def test_commands_complete(completed):
    assert '"check-skill":"Check that a skill keeps its contract."' in completed("treehand check-s")


def test_worlds_complete(completed):
    assert '"tabletop"' in completed("treehand domain --world ta")


def test_runs_complete_and_an_unfinished_word_filters(call, completed):
    call("run", "close the fridge", "--yes")
    assert '"0001"' in completed("treehand show 0")
    assert '"0001"' not in completed("treehand show 9")


def test_goals_and_calls_complete(completed):
    assert "clean the kitchen" in completed("treehand run cl")
    assert '"pick(red_mug)"' in completed("treehand check-skill pick")


def test_objects_complete_for_the_parameters_of_a_tree(completed):
    tree = LIBRARY_FOLDER / "put_away.tree.yaml"
    offered = completed(f"treehand run --tree {tree} --with item=r")
    assert '"item=red_mug"' in offered
    assert '"item=fridge"' not in offered


def test_tags_complete_and_a_broken_file_offers_nothing(completed, tmp_path):
    (tmp_path / "scenarios").mkdir()
    text = "scenario: a\ngoal: open the fridge\nexpect: {outcome: success}\ntags: [doors]\n"
    (tmp_path / "scenarios" / "a.scenario.yaml").write_text(text)
    (tmp_path / "scenarios" / "b.scenario.yaml").write_text("scenario: [")
    assert '"doors"' in completed("treehand test --tag d")


def test_where_nothing_is_known_nothing_is_offered(completed, tmp_path):
    (tmp_path / "treehand.yaml").write_text("world: [\n")
    assert "red_mug" not in completed("treehand check-skill pick")
