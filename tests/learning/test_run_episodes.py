"""Past runs as a dataset: executed again, compared with the journal, recorded."""

import importlib.util
import json
from dataclasses import replace

import numpy as np
import pytest

NEEDED = ("mujoco", "pyarrow", "av")
if any(importlib.util.find_spec(name) is None for name in NEEDED):
    pytest.skip("needs: pip install 'treehand[learn,physics]'", allow_module_level=True)

from tests.calling import called
from treehand.core.errors import InputError
from treehand.core.events import SkillEnded, SkillNoted, WorldSampled
from treehand.learning.datasets.reader import Dataset
from treehand.learning.demonstrations.recorder import FrameSettings
from treehand.learning.demonstrations.repeated_run import RepeatedRun
from treehand.learning.demonstrations.run_episodes import export_runs
from treehand.orchestrator.forking.reexecution import PastRun, first_difference
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.states.states_reader import states_of
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace

FRAMES = FrameSettings(cameras=("wrist",), size=(32, 32))
RUNS = (
    (
        *("put the can in the bin", "--world", "kitchen-physics", "--seed", "6"),
        *("--randomize", "seed-article", "--inject", "grasp-dropped@pick(can):1"),
    ),
    ("put the red mug in the sink", "--world", "kitchen-physics"),
    ("put the red mug in the sink",),
    ("put the unicorn in the sink", "--world", "kitchen-physics"),
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for arguments in RUNS:
        treehand(folder, "run", *arguments, "--yes", code=None)
    return folder


def treehand(folder, *arguments, code=0):
    """Call the command line in a workspace and return how that ended."""
    found = called(*arguments, "--workspace", folder, folder=folder)
    if "no-opengl" in found.err:
        pytest.skip(found.err)
    assert code in (None, found.code), found.err
    return found


def past(folder, number):
    files = Workspace.find(folder).journal_of(number)
    events = tuple(read_events(files.journal))
    return PastRun(files.run, events, KnownDeployment.of_run(files).load())


def test_runs_are_read_back_with_their_failures(workspace, tmp_path):
    out = tmp_path / "set"
    frames = ("--camera", "wrist", "--size", "32", "--out", out)
    treehand(workspace, "export", "1", "2", "--format", "lerobot", *frames)
    first, second = Dataset(out).episodes
    assert (first.notes["seed"], first.notes["run"], second.notes["run"]) == ("6", "0001", "0002")
    assert "friction" in first.notes["sample"]
    picks = [s for s in first.segments if s.call == "pick(can)"]
    assert [(s.attempt, s.ending, s.code) for s in picks] == [
        (1, "failure", "grasp-dropped"),
        (2, "success", None),
    ]
    journal = past(workspace, "1").events
    ends_s = [e.t_s for e in journal if isinstance(e, SkillEnded)]
    assert [s.end / 25 for s in first.segments] == pytest.approx(ends_s, abs=0.08)  # two frames
    assert first.is_success
    assert second.is_success
    assert second.tasks == ("put the red mug in the sink",)


def test_how_long_a_policy_took_is_no_difference():
    told = {"path": "p", "call": "pick(can)", "t_s": 1.0}
    quick, slow = (SkillNoted(note=f"latency {ms} ms", **told) for ms in (8, 80))
    assert first_difference([(1, quick)], [(1, slow)], has_times=True) is None
    later = slow.model_copy(update={"t_s": 1.1})
    assert first_difference([(1, quick)], [(1, later)], has_times=True) == 0
    assert first_difference([(1, quick)], []) == 0


def differing(events, kind, **changes):
    """Return the events, the last one of a kind changed."""
    at = max(n for n, e in enumerate(events) if isinstance(e, kind))
    return (*events[:at], events[at].model_copy(update=changes), *events[at + 1 :])


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (SkillEnded, {"t_s": 1.0}),
        (SkillEnded, {"result": "failure"}),
        (WorldSampled, {"sample": "{}"}),
    ],
)
def test_a_run_is_refused_at_the_first_difference(workspace, tmp_path, kind, changes):
    same = past(workspace, "1")
    other = PastRun(same.run, differing(same.events, kind, **changes), same.deployment)
    with pytest.raises(InputError, match="cannot be repeated: event") as refused:
        export_runs([other], FRAMES, tmp_path / "set")
    assert refused.value.findings[0].code == "not-reproducible"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("3",), "this world records no motion"),
        (("4",), "was never approved"),
        (("1", "3"), "this world records no motion"),
        (("1", "--rate-hz", "nan"), "which nan Hz do not fit"),
        (("1", "--camera", "nose"), "no camera 'nose'"),
        (("99",), "no run '99'"),
        (("1", "--film", "x"), "--film goes with --format mcap"),
    ],
)
def test_what_is_no_episode_is_said(workspace, tmp_path, arguments, told):
    out = ("--format", "lerobot", "--out", tmp_path / "set")
    result = treehand(workspace, "export", *out, *arguments, code=2)
    assert told in " ".join(result.err.split())
    assert list(tmp_path.iterdir()) == []


def test_one_thing_is_exported_as_text(workspace):
    told = treehand(workspace, "export", "1", "2", code=2).err
    assert "writes one thing, 2 were named" in told
    told = treehand(workspace, "export", "1", "--size", "64", code=2).err
    assert "go with --format lerobot" in " ".join(told.split())


def test_commands_are_on_the_clock_of_a_log(workspace, tmp_path):
    reader_module = pytest.importorskip("mcap.reader", reason="needs the extra [mcap]")
    told = treehand(workspace, "export", "2", "--format", "mcap", "--out", tmp_path / "plain.mcap")
    assert "the log has no motor commands" in told.out
    out = tmp_path / "run.mcap"
    told = treehand(workspace, "export", "2", "--format", "mcap", "--commands", "--out", out)
    with out.open("rb") as file:
        found = list(reader_module.make_reader(file, validate_crcs=True).iter_messages())
    began_ns = found[0][2].log_time
    commands = [one for one in found if one[1].topic == "/treehand/commands"]
    assert f"{len(commands)} commands" in told.out
    first, last = (json.loads(commands[at][2].data) for at in (0, -1))
    assert first.keys() == last.keys() == json.loads(commands[0][0].data)["properties"].keys()
    assert any(
        abs(number) > 0.01 for one in commands for number in json.loads(one[2].data).values()
    )
    times_s = [(one[2].log_time - began_ns) / 1e9 for one in commands]
    assert times_s[1] - times_s[0] == pytest.approx(times_s[-1] - times_s[-2])
    ends_s = [e.t_s for e in past(workspace, "2").events if isinstance(e, SkillEnded)]
    assert times_s[-1] >= ends_s[-1] - 0.1
    robot = [json.loads(one[2].data) for one in found if one[1].topic == "/treehand/robot"]
    assert len(robot) == len(commands)


def test_commands_of_a_world_without_motors_are_refused(workspace, tmp_path):
    out = ("--format", "mcap", "--commands", "--out", tmp_path / "run.mcap")
    assert "this world records no motion" in treehand(workspace, "export", "3", *out, code=2).err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_motion_that_was_kept_is_not_executed_again(tmp_path):
    words = ("put the red mug in the sink", "--world", "kitchen-physics", "--yes")
    treehand(tmp_path, "run", *words)
    treehand(tmp_path, "run", *words, "--states")
    for number, told in (("1", "from executing the run again"), ("2", "as it was kept")):
        frames = ("--camera", "wrist", "--size", "32", "--out", tmp_path / f"set{number}")
        result = treehand(tmp_path, "export", number, "--format", "lerobot", *frames)
        assert told in result.out
    (again,), (kept,) = (Dataset(tmp_path / name).episodes for name in ("set1", "set2"))
    assert (kept.is_success, kept.tasks) == (again.is_success, again.tasks)
    first, second = (past(tmp_path, number) for number in ("1", "2"))
    states = states_of(Workspace.find(tmp_path).journal_of("2").states)
    loaded = [RepeatedRun(first, FRAMES), RepeatedRun(replace(second, states=states), FRAMES)]
    for run in loaded:
        run.load()
    assert np.array_equal(loaded[0].recorder.states(), loaded[1].recorder.states())
    assert np.array_equal(loaded[0].recorder.actions(), loaded[1].recorder.actions())
    film = tmp_path / "film"
    told = treehand(tmp_path, "export", "2", "--format", "film", "--out", film).out
    assert "as it was kept" in told
    assert len(list(film.glob("*.png"))) > 1
    told = treehand(tmp_path, "export", "1", "--format", "film", "--out", tmp_path / "other").out
    assert "its motion was not kept" in told
    names = [sorted(one.name for one in (tmp_path / name).iterdir()) for name in ("film", "other")]
    assert len(names[0]) == pytest.approx(len(names[1]), abs=1)
