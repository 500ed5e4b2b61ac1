"""Datasets on disk: what is written is read again, and nothing damaged is taken for whole."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="needs: pip install 'treehand[learn]'")
pytest.importorskip("av", reason="needs: pip install 'treehand[learn]'")

import pyarrow as pa
from pyarrow import parquet

from tests.learning.synthetic import episode, write, writer
from treehand.core.errors import InputError
from treehand.learning.datasets.reader import Dataset

ROOT = Path(__file__).parents[2]
DATA = "data/chunk-000/file-000.parquet"
VIDEO = "videos/observation.images.front/chunk-000/file-000.mp4"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return write(tmp_path_factory.mktemp("datasets") / "lights")


@pytest.fixture
def copy(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "copy"))


def test_what_is_written_is_read_again(whole):
    dataset = Dataset(whole)
    given = [episode(seed) for seed in range(4)]
    assert np.allclose(dataset.state, np.concatenate([one.state for one in given]), atol=1e-6)
    assert np.allclose(dataset.action, np.concatenate([one.action for one in given]), atol=1e-6)
    assert (dataset.cameras, dataset.names("action")) == (("front",), ("turn", "grip"))
    tasks = parquet.read_table(whole / "meta/tasks.parquet").to_pylist()
    assert tasks == [{"task_index": 0, "__index_level_0__": "turn to the light"}]
    for row, one in zip(dataset.episodes, given, strict=True):
        assert (row.end - row.first, row.is_success) == (one.length, True)
        assert [s.ending for s in row.segments] == ["failure", "success"]
        assert [(s.first, s.end) for s in row.segments] == [(0, 12), (12, 22)]
        assert row.notes["seed"] == str(row.number)
        seen = list(dataset.pictures("front", row))
        wanted = list(one.pictures())
        assert len(seen) == one.length
        for mine, its in zip(seen, wanted, strict=True):
            bright = mine[..., 0].mean(axis=0).argmax()
            assert its["front"][0, bright, 0] == 250


def test_frames_say_what_they_were_part_of_and_how_it_ended(whole):
    frames = Dataset(whole).frames
    column = {name: frames.column(name).to_pylist()[:24] for name in frames.column_names}
    assert column["attempt_succeeded"] == [False] * 12 + [True] * 10 + [False] * 2
    assert column["subtask_index"] == [1] * 22 + [0] * 2
    assert column["intervention"] == [number in (3, 4) for number in range(24)]
    assert column["next.success"] == [False] * 23 + [True]
    assert column["next.reward"][-1] == 1.0
    assert (whole / "meta/events/000000.jsonl").read_text() == '{"event": "made-up"}\n'


def test_statistics_are_those_of_the_frames(whole):
    dataset = Dataset(whole)
    said = dataset.statistics
    assert said["action"]["mean"] == pytest.approx(dataset.action.mean(axis=0).tolist(), abs=1e-6)
    assert said["action"]["q99"][1] == pytest.approx(8.0)
    assert np.shape(said["observation.images.front"]["mean"]) == (3, 1, 1)
    assert 0.0 < said["observation.images.front"]["mean"][0][0][0] < 1.0


def test_a_failed_attempt_is_never_a_success(tmp_path):
    folder = write(tmp_path / "failed", 1, is_success=False)
    (row,) = Dataset(folder).episodes
    assert row.is_success is False
    assert not any(Dataset(folder).frames.column("attempt_succeeded").to_pylist())
    assert not any(Dataset(folder).frames.column("next.success").to_pylist())


def changed_info(folder, **changes):
    path = folder / "meta/info.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def changed_frames(folder, change):
    table = parquet.read_table(folder / DATA)
    parquet.write_table(change(table), folder / DATA)


def with_nan(table):
    values = np.array(table.column("action").to_pylist(), dtype=np.float32)
    values[30, 1] = np.nan
    lists = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), 2)
    return table.set_column(table.schema.get_field_index("action"), "action", lists)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda f: (f / DATA).write_bytes((f / DATA).read_bytes()[:900]), "damaged"),
        (lambda f: changed_frames(f, with_nan), "'action' of frame 30 is not finite"),
        (lambda f: changed_frames(f, lambda t: t.slice(0, 50)), "96 frames, data/ has 50"),
        (lambda f: changed_frames(f, lambda t: t.drop_columns(["action"])), "no column 'action'"),
        (lambda f: (f / "meta/info.json").unlink(), "no dataset, or an unfinished one"),
        (lambda f: (f / "meta/info.json").write_text("{"), "Expecting"),
        (lambda f: changed_info(f, codebase_version="v2.1"), "version 'v2.1' is not read"),
        (lambda f: changed_info(f, fps=0), "'fps'"),
        (lambda f: changed_info(f, fps=float("nan")), "'fps'"),
        (lambda f: changed_info(f, features={}), "no feature 'observation.state'"),
        (lambda f: changed_info(f, total_frames=95), "95 frames"),
        (lambda f: shutil.rmtree(f / "meta/episodes"), "there is no meta/episodes"),
        (lambda f: shutil.rmtree(f / "data"), "no frames"),
    ],
)
def test_a_damaged_dataset_is_told_apart(copy, damage, told):
    damage(copy)
    with pytest.raises(InputError, match="wrong-dataset") as error:
        Dataset(copy)
    assert told in str(error.value)


def test_a_damaged_video_is_told_apart(copy):
    size = (copy / VIDEO).stat().st_size
    os.truncate(copy / VIDEO, size // 2)
    dataset = Dataset(copy)
    with pytest.raises(InputError, match="wrong-dataset"):
        list(dataset.pictures("front", dataset.episodes[-1]))
    (copy / VIDEO).unlink()
    with pytest.raises(InputError, match="wrong-dataset"):
        list(dataset.pictures("front", dataset.episodes[0]))


def test_a_camera_that_is_not_there_is_named(whole):
    dataset = Dataset(whole)
    with pytest.raises(InputError, match="there is no camera 'nose'; its cameras: front"):
        list(dataset.pictures("nose", dataset.episodes[0]))


def test_an_episode_that_does_not_fit_is_refused_and_the_others_are_kept(tmp_path):
    good = episode(0)
    state = good.state.copy()
    state[7, 1] = np.inf
    with writer(tmp_path / "set") as made:
        made.add(good)
        with pytest.raises(InputError, match=r"'observation\.state' of frame 7 is not finite"):
            made.add(replace(good, state=state))
        with pytest.raises(InputError, match=r"has shape \(24, 1\), not \(24, 2\)"):
            made.add(replace(good, action=good.action[:, :1]))
    assert len(Dataset(tmp_path / "set").episodes) == 1


def test_a_folder_that_is_taken_is_left_alone(whole, tmp_path):
    before = sorted(whole.rglob("*"))
    with pytest.raises(InputError, match="exists"):
        writer(whole)
    assert sorted(whole.rglob("*")) == before
    (tmp_path / "set.partial").mkdir()
    with pytest.raises(InputError, match="interrupted recording"):
        writer(tmp_path / "set")


def test_an_interrupt_keeps_the_episodes_so_far(tmp_path):
    def broken_off(folder, error):
        with writer(folder) as made:
            made.add(episode(0))
            raise error

    with pytest.raises(KeyboardInterrupt):
        broken_off(tmp_path / "set", KeyboardInterrupt())
    assert len(Dataset(tmp_path / "set").episodes) == 1
    with pytest.raises(ZeroDivisionError):
        broken_off(tmp_path / "other", ZeroDivisionError())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set"]


PROGRAM = """
import resource, sys
from pathlib import Path
from tests.learning.synthetic import SIDE, episode, writer

made = writer(Path(sys.argv[1]))
if sys.argv[2] == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
number = 0
while True:
    made.add(episode(number, frames_n=60))
    number += 1
    print(number, flush=True)
    if sys.argv[2] == "full" and number == 40:
        made.finish()
"""


def program(folder, how):
    code = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(folder), how]
    return subprocess.Popen(code, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_killed_recording_leaves_no_dataset(tmp_path):
    process = program(tmp_path / "set", "kill")
    assert process.stdout.readline() == b"1\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == ["set.partial"]
    with pytest.raises(InputError, match="wrong-dataset"):
        Dataset(tmp_path / "set")
    with pytest.raises(InputError, match="rm -r"):
        writer(tmp_path / "set")


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path):
    process = program(tmp_path / "set", "full")
    _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b"unwritable-file" in told, told.decode()[-600:]
    assert list(tmp_path.iterdir()) == []


def test_pictures_of_another_number_than_frames_are_refused(tmp_path):
    good = episode(0)

    def fewer():
        yield from list(good.pictures())[:-1]

    with (
        pytest.raises(InputError, match="24 frames has 23 pictures"),
        writer(tmp_path / "a") as made,
    ):
        made.add(replace(good, pictures=fewer))
    assert list(tmp_path.iterdir()) == []
