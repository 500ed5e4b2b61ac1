"""What `--film` writes can be seen, also of a run that is cut short; a wrong path is told."""

import importlib.util
import re
from functools import partial

import numpy as np
import pytest

if importlib.util.find_spec("mujoco") is None:
    pytest.skip("needs: pip install 'treehand[physics]'", allow_module_level=True)

from typer.testing import CliRunner

from tests.driving import Session
from treehand.cli.app import app
from treehand.core.clock import VirtualClock
from treehand.core.errors import InputError, MissingExtra
from treehand.core.events import Ticked, WorldSampled
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.exports.past_pictures import PastPictures
from treehand.orchestrator.forking.fork import fork_run
from treehand.orchestrator.sessions.film import FilmRecorder
from treehand.orchestrator.sessions.resuming.known_deployment import KnownDeployment
from treehand.orchestrator.states.states_format import packed_chunk
from treehand.orchestrator.states.states_reader import RunStates, states_of
from treehand.orchestrator.store.journal import read_events
from treehand.orchestrator.store.workspace import Workspace

GOAL = "turn off the burner"


@pytest.fixture(scope="module", autouse=True)
def can_draw():
    session = Session(
        Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    )
    try:
        session.world_model.world.embodiment.frames(["overview"], (48, 64))
    except MissingExtra as error:
        pytest.skip(str(error))


def run(folder, *more):
    command = ["run", GOAL, "--yes", "--world", "kitchen-physics", "--workspace", str(folder)]
    return CliRunner().invoke(app, [*command, *more])


def pictures_of(path):
    """Return the pictures of a film, shape (n, height, width, 3)."""
    if path.suffix == ".mp4":
        av = pytest.importorskip("av", reason="needs: pip install 'treehand[record]'")
        with av.open(str(path)) as film:
            return np.array([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])
    image = pytest.importorskip("PIL.Image", reason="needs: pip install 'treehand[record]'")
    with image.open(path) as film:
        count = film.n_frames
        told = []
        for index in range(count):
            film.seek(index)
            told.append(np.asarray(film.convert("RGB")))
    return np.array(told)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """Folder of a workspace with one run and the pictures of it."""
    folder = tmp_path_factory.mktemp("filmed")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TREEHAND_HOME", str(folder / "home"))
        patched.setenv("TREEHAND_REGISTRY", str(folder / "live"))
        done = run(folder, "--film", str(folder / "pictures"))
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize(("name", "every_s"), [("run.mp4", 0.2), ("run.gif", 0.5)])
def test_a_film_shows_the_whole_run(tmp_path, name, every_s):
    pytest.importorskip("av", reason="needs: pip install 'treehand[record]'")
    done = run(tmp_path, "--film", str(tmp_path / name))
    assert done.exit_code == 0, done.output
    pictures = pictures_of(tmp_path / name).astype(float)
    lasted_s = float(re.search(r"([\d.]+) s in the world", done.output)[1])
    assert lasted_s > 4.0
    assert len(pictures) == pytest.approx(lasted_s / every_s, abs=3)
    assert pictures[0].std() > 20, "something is to be seen"
    assert np.abs(pictures[0] - pictures[len(pictures) // 2]).mean() > 1, "something moves"


def test_a_folder_gets_a_picture_every_few_seconds(filmed):
    names = sorted(path.name for path in (filmed / "pictures").iterdir())
    assert names == ["00000.0s.png", "00005.0s.png"]


def test_a_film_does_not_change_the_run(tmp_path):
    place, digests = (
        Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False),
        [],
    )
    for is_filmed in (False, True):
        session = Session(place)
        plan = session.plan(session.understand(GOAL))
        world, work = session.world_model.world, partial(session.execute, plan, approved_by="x")
        if is_filmed:
            recorder = FilmRecorder(world, session.world_model.clock, tmp_path / "pictures")
            recorder.during(work)
        else:
            work()
        digests.append(world.simulation.state_hash())
    assert digests[0] == digests[1]


def test_a_film_of_a_run_that_fails_can_be_seen(tmp_path):
    pytest.importorskip("av", reason="needs: pip install 'treehand[record]'")
    session = Session(
        Deployment.load(DeploymentOverrides(world="kitchen-physics"), looks_here=False)
    )
    world, clock = session.world_model.world, VirtualClock()
    recorder = FilmRecorder(world, clock, tmp_path / "run.mp4")

    def work():
        world.simulation.advance(world.simulation.time_s + 2.0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recorder.during(work)
    assert len(pictures_of(tmp_path / "run.mp4")) == pytest.approx(11, abs=1)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--film", "run.avi"), "name a file .mp4 or .gif"),
        (("--film", "/proc/nowhere/run.gif"), "cannot write"),
        (("--film", "run.gif", "--speed", "2"), "--film is for virtual time"),
        (("--film", "run.gif", "--world", "kitchen"), "this world cannot be seen"),
    ],
)
def test_what_cannot_be_recorded_is_told_before_anything_moves(tmp_path, more, message):
    done = run(tmp_path, *more)
    assert done.exit_code != 0
    assert message in f"{done.output}{done.exception}{getattr(done.exception, 'findings', '')}"


def test_a_past_run_is_drawn_as_its_film_was(filmed):
    image = pytest.importorskip("PIL.Image", reason="needs: pip install 'treehand[record]'")
    files = Workspace.find(filmed).journal_of("1")
    states = states_of(files.states)
    events = tuple(read_events(files.journal))
    assert states.span_s[1] == pytest.approx(events[-1].t_s, abs=0.05)
    deployment = KnownDeployment.of_run(files).load()
    drawn = PastPictures(states, events, deployment)
    time_s, rgb = drawn.at(5.0, (480, 640))
    assert time_s == pytest.approx(5.0)
    filmed = np.asarray(image.open(filmed / "pictures" / "00005.0s.png").convert("RGB"))
    changed = np.abs(rgb.astype(float) - filmed).max(axis=2) > 8  # a film lags by one step
    assert changed.mean() < 0.01
    other = [
        e.model_copy(update={"sample": "{}"}) if isinstance(e, WorldSampled) else e for e in events
    ]
    with pytest.raises(InputError, match="began otherwise"):
        PastPictures(states, other, deployment)


def test_states_are_kept_only_where_they_are_wanted(tmp_path):
    assert run(tmp_path).exit_code == 0
    assert run(tmp_path, "--states").exit_code == 0
    kept = [path.name for path in Workspace.find(tmp_path).folder.glob("*.states")]
    assert kept == ["0002.states"]
    command = ["run", "open the fridge", "--yes", "--states", "--workspace", str(tmp_path)]
    refused = CliRunner().invoke(app, command)
    assert "this world records no motion" in str(refused.exception)


def test_a_fork_compares_the_motion_that_was_kept(tmp_path):
    assert run(tmp_path, "--states").exit_code == 0
    files = Workspace.find(tmp_path).journal_of("1")
    deployment = KnownDeployment.of_run(files).load()
    ticks = [e for e in read_events(files.journal) if isinstance(e, Ticked)]
    at = ticks[len(ticks) // 2]
    report = fork_run(files, at.tick, "hide(milk)", deployment)
    assert report.states_n == pytest.approx(at.t_s / 0.02, abs=2)
    (tmp_path / "other").mkdir()
    other = ("run", "open the fridge", "--yes", "--world", "kitchen-physics", "--states")
    CliRunner().invoke(app, [*other, "--workspace", str(tmp_path / "other")])
    kept = Workspace.find(tmp_path / "other").journal_of("1").states
    moved = list(RunStates(kept).moments())[: len(RunStates(files.states))]
    header, times_s = RunStates(kept).header, [one.time_s for one in moved]
    rows = [header.row(one) for one in moved]
    chunk = packed_chunk(rows, times_s[0], times_s[-1])
    files.states.write_bytes(header.packed() + chunk)
    with pytest.raises(InputError, match="the robot's motion differs at"):
        fork_run(files, at.tick, "hide(milk)", deployment)
