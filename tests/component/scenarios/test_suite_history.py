"""Results of earlier test runs, on disk and back."""

import os

import pytest

from treehand.core.errors import InputError
from treehand.scenarios.format.files import load_variants
from treehand.scenarios.suites.suite_history import (
    FILE,
    MAX_BYTES,
    HistoryLine,
    SuiteHistory,
    version_of_files,
)

SCENARIO = "scenario: x\ngoal: open the fridge\nexpect: {}\n"


def line(path, *, is_good=True, variant="", kind="scenario"):
    return HistoryLine(
        at="2026-01-01T00:00:00+00:00",
        kind=kind,
        path=str(path),
        variant=variant,
        status="passed" if is_good else "failed",
        is_good=is_good,
        passed=int(is_good),
        runs=1,
        t_s=1.5,
        wall_s=0.1,
        version="0" * 16,
    )


def test_the_last_result_of_each_scenario_counts(tmp_path):
    history = SuiteHistory(tmp_path / "not there yet")
    assert history.lines() == []
    history.append([line("/a", is_good=False), line("/b")])
    history.append([line("/a"), line("/a", kind="campaign", is_good=False)])
    assert len(history.lines()) == 4
    assert history.latest()["scenario", "/a", ""].is_good


def test_scenarios_that_failed_last_are_chosen_and_all_if_none_did(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.scenario.yaml").write_text(SCENARIO)
    variants = [load_variants(tmp_path / f"{name}.scenario.yaml")[0] for name in ("a", "b")]
    history = SuiteHistory(tmp_path)
    assert history.failed_among(variants) == variants
    history.append([line(variants[1].path, is_good=False)])
    assert history.failed_among(variants) == [variants[1]]


def test_a_line_that_was_cut_off_costs_itself_only(tmp_path):
    history = SuiteHistory(tmp_path)
    history.append([line("/a")])
    with (tmp_path / FILE).open("a") as file:
        file.write('{"at": "2026')
    history.append([line("/b")])
    assert [one.path for one in history.lines()] == ["/a", "/b"]


def test_the_version_follows_the_files_that_a_scenario_names(tmp_path):
    path, tree = tmp_path / "x.scenario.yaml", tmp_path / "x.tree.yaml"
    path.write_text("scenario: x\ntree: x.tree.yaml\nexpect: {}\n")
    tree.write_text("tree: x\nroot:\n  do: pick(red_mug)\n")
    before = version_of_files(path)
    assert version_of_files(path) == before
    tree.write_text("tree: x\nroot:\n  do: pick(blue_mug)\n")
    assert version_of_files(path) != before


def test_a_folder_that_cannot_be_written_to_keeps_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    SuiteHistory(tmp_path / "file").append([line("/a")])
    assert SuiteHistory(tmp_path / "file").lines() == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_line_with_a_number_that_json_has_not_is_left_out(tmp_path, number):
    history = SuiteHistory(tmp_path)
    history.append([line("/a"), line("/b")])
    text = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(text.replace('"wall_s":0.1', f'"wall_s":{number}', 1))
    assert [one.path for one in history.lines()] == ["/b"]


def test_a_pipe_in_the_place_of_the_history_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / FILE)
    assert SuiteHistory(tmp_path).lines() == []


def test_the_newest_lines_of_a_long_history_are_kept(tmp_path):
    history = SuiteHistory(tmp_path)
    told = line("/a").model_dump_json() + "\n"
    (tmp_path / FILE).write_text(told * (3 * MAX_BYTES // len(told)))
    history.append([line("/b")])
    size = (tmp_path / FILE).stat().st_size
    assert MAX_BYTES // 2 - len(told) < size <= MAX_BYTES // 2 + len(told)
    assert len(history.lines()) == (tmp_path / FILE).read_bytes().count(b"\n")
    assert history.lines()[-1].path == "/b"


@pytest.mark.parametrize("scene", ["p.scene.yaml", "/dev/zero", '"a\\0.scene.yaml"'])
def test_no_device_or_pipe_that_a_scenario_names_is_read(tmp_path, scene):
    os.mkfifo(tmp_path / "p.scene.yaml")
    path = tmp_path / "x.scenario.yaml"
    path.write_text(f"{SCENARIO}scene: {scene}\n")
    assert version_of_files(path) == version_of_files(path)


@pytest.mark.parametrize("name", ["circle.scenario.yaml", "long" * 80, '"a\\0"'])
def test_what_a_scenario_cannot_extend_is_told_at_its_place(tmp_path, name):
    (tmp_path / "circle.scenario.yaml").symlink_to("circle.scenario.yaml")
    path = tmp_path / "x.scenario.yaml"
    path.write_text(f"{SCENARIO}extends: {name}\n")
    with pytest.raises(InputError) as raised:
        load_variants(path)
    assert raised.value.findings[0].span.line == 4
