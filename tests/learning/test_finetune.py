"""Training on a dataset: it learns, repeats, goes on after an interrupt, and says what misfits."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs: pip install 'treehand[learn,vla]'")
pytest.importorskip("pyarrow", reason="needs: pip install 'treehand[learn,vla]'")
pytest.importorskip("av", reason="needs: pip install 'treehand[learn,vla]'")

from tests.learning.synthetic import SIDE, SPEC, episode, write, writer
from treehand.core.errors import InputError
from treehand.learning.datasets.reader import Dataset
from treehand.learning.training.augmentation import Augmentation
from treehand.learning.training.bases import base_for
from treehand.learning.training.examples import AttemptExamples, attempts_in, resized
from treehand.learning.training.finetuning import FinetuneSettings, finetune
from treehand.learning.training.ledger import TrainingLedger
from treehand.skills.vla.contract.policy import PolicyObservation
from treehand.skills.vla.reference.vla_model import SmallVla

SHORT = FinetuneSettings(base="tiny", steps_n=12, batch_n=8, chunk=4, seed=3)


@pytest.fixture(scope="module")
def lights(tmp_path_factory):
    return write(tmp_path_factory.mktemp("datasets") / "lights", 12)


def weights(folder):
    return SmallVla.load(folder).state_dict()


def test_it_learns_from_pictures_what_was_shown(lights, tmp_path):
    settings = replace(SHORT, steps_n=250, batch_n=16, rate=3e-3, acting="robot")
    told = []
    ledger = finetune(lights, settings, tmp_path / "model", told.append)
    assert told[-1].loss < 0.4 * told[0].loss
    assert told[-1].validation_loss is not None
    assert [one.share for one in told] == sorted(one.share for one in told)
    model = SmallVla.load(tmp_path / "model")
    right = 0
    for seed in range(100, 120):  # never seen
        one = episode(seed)
        seen = PolicyObservation(
            request=1,
            epoch=1,
            time_s=0.0,
            images={"front": next(one.pictures())["front"]},
            state={"joint_rad": np.zeros(2)},
        )
        turn = model.answer(seen, "turn to the light").actions[0, 0]
        right += bool(np.sign(turn) == np.sign(one.action[0, 0]))
    assert right >= 16
    (lesson,) = ledger.lessons
    assert (lesson.demonstrations, lesson.attempts, lesson.steps) == (11, 11, 250)
    assert TrainingLedger.read(tmp_path / "model") == ledger
    assert json.loads((tmp_path / "model/stats.json").read_text())["action"]["max"][1] == 8.0


def test_only_successful_attempts_are_learned(lights, tmp_path):
    attempts = attempts_in(Dataset(lights), None, None)
    assert {(one.first - one.episode.first, one.end - one.episode.first) for one in attempts} == {
        (12, 22)
    }
    failed = write(tmp_path / "failed", 2, is_success=False)
    with pytest.raises(InputError, match="no successful attempt to learn from"):
        attempts_in(Dataset(failed), None, None)
    with pytest.raises(InputError, match="of 'fly' to learn from"):
        attempts_in(Dataset(lights), "fly", None)


def test_an_instruction_is_filled_from_the_call(lights):
    attempts = attempts_in(Dataset(lights), "turn", "look at the {0}")
    assert {one.instruction for one in attempts} == {"look at the lamp 1"}
    with pytest.raises(InputError, match=r"names argument 1 of turn\(lamp_1\)"):
        attempts_in(Dataset(lights), "turn", "from {0} to {1}")


def test_an_example_is_a_frame_with_the_actions_from_it_on(lights, tmp_path):
    dataset = Dataset(lights)
    base = base_for("tiny", dataset, chunk=4, acting=None, seed=0)
    attempts = attempts_in(dataset, "turn", None)
    examples = AttemptExamples(dataset, attempts, base.config.spec, SIDE, tmp_path)
    assert len(examples) == 12 * 10
    batch = examples.batch(np.array([0, 9]))
    wanted = dataset.action[12:16]
    assert np.allclose(batch.actions[0], wanted)
    assert np.allclose(batch.state[0], dataset.state[12])
    last = dataset.action[21]
    stands = [0.0, last[1]]  # after the attempt: no motion, the grip is kept
    assert np.allclose(batch.actions[1], [last, stands, stands, stands])
    assert batch.pictures.shape == (2, 1, SIDE, SIDE, 3)


def test_equal_settings_and_steps_give_equal_weights(lights, tmp_path):
    for name in ("a", "b"):
        finetune(lights, SHORT, tmp_path / name)
    other = finetune(lights, replace(SHORT, seed=4), tmp_path / "c")
    one, same, different = (weights(tmp_path / name) for name in "abc")
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not all(torch.equal(one[key], different[key]) for key in one)
    assert other.parameters == sum(v.numel() for v in SmallVla.load(tmp_path / "c").parameters())


def test_an_interrupted_training_goes_on_as_if_nothing_had_been(lights, tmp_path):
    finetune(lights, SHORT, tmp_path / "whole")

    def break_off(at):
        if at.step >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(lights, SHORT, tmp_path / "model", break_off)
    assert not (tmp_path / "model").exists()
    with pytest.raises(InputError, match="an interrupted training with other settings"):
        finetune(lights, replace(SHORT, seed=9), tmp_path / "model")
    steps = []
    finetune(lights, SHORT, tmp_path / "model", lambda at: steps.append(at.step))
    assert steps[0] > 6
    assert steps[-1] == 12
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "model")
    assert all(torch.equal(whole[key], parts[key]) for key in whole)
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [
        "config.json",
        "ledger.json",
        "model.safetensors",
        "stats.json",
    ]


def test_a_warm_start_goes_on_from_its_parent(lights, tmp_path):
    finetune(lights, SHORT, tmp_path / "parent")
    settings = replace(SHORT, base=str(tmp_path / "parent"), steps_n=1, rate=1e-9)
    ledger = finetune(lights, settings, tmp_path / "child")
    parent, child = weights(tmp_path / "parent"), weights(tmp_path / "child")
    assert all(torch.allclose(parent[key], child[key], atol=1e-6) for key in parent)
    assert ledger.parent is not None
    assert ledger.parent.startswith("parent ")
    assert len(ledger.lessons) == 2
    assert ledger.demonstrations == 11  # the same ones, counted once


def test_a_damaged_state_of_a_training_is_told(lights, tmp_path):
    def break_off(at):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(lights, SHORT, tmp_path / "model", break_off)
    (tmp_path / "model.partial/training.pt").write_bytes(b"\0" * 50)
    with pytest.raises(InputError, match="no training that can be continued"):
        finetune(lights, SHORT, tmp_path / "model")


def test_a_base_of_another_robot_is_refused(lights, tmp_path):
    with pytest.raises(InputError, match="no checkpoint and no size"):
        finetune(lights, replace(SHORT, base="huge"), tmp_path / "model")
    finetune(lights, SHORT, tmp_path / "base")
    warm = replace(SHORT, base=str(tmp_path / "base"))
    dims = (SPEC.action.dims[0].model_copy(update={"label": "lift"}), SPEC.action.dims[1])
    action = SPEC.action.model_copy(update={"dims": dims})
    with writer(tmp_path / "set", spec=SPEC.model_copy(update={"action": action})) as made:
        made.add(episode(0))
        made.add(episode(1))
    with pytest.raises(InputError, match="its actions are lift, grip; the model's turn, grip"):
        finetune(tmp_path / "set", warm, tmp_path / "model")
    copy = shutil.copytree(lights, tmp_path / "slow")
    info = json.loads((copy / "meta/info.json").read_text())
    (copy / "meta/info.json").write_text(json.dumps({**info, "fps": 30.0}))
    with pytest.raises(InputError, match="30 frames a second, the model 25"):
        finetune(copy, warm, tmp_path / "model")
    (copy / "meta/info.json").write_text(json.dumps({**info, "robot": None}))
    with pytest.raises(InputError, match="does not declare units and limits"):
        finetune(copy, SHORT, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="give steps or CPU-minutes"):
        FinetuneSettings()
    with pytest.raises(InputError, match="give steps or CPU-minutes"):
        FinetuneSettings(steps_n=1, cpu_minutes=1.0)


def test_pictures_are_averaged_and_never_stretched():
    picture = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    small = resized(picture, 2)
    assert small.shape == (2, 2, 3)
    assert small[0, 0, 0] == round(picture[:2, :2, 0].mean())
    with pytest.raises(InputError, match="4 × 4, which do not become 3 × 3"):
        resized(picture, 3)


def test_augmentation_repeats_for_a_seed_and_nothing_is_nothing(lights, tmp_path):
    dataset = Dataset(lights)
    base = base_for("tiny", dataset, chunk=4, acting=None, seed=0)
    batch = AttemptExamples(
        dataset, attempts_in(dataset, None, None), base.config.spec, SIDE, tmp_path
    ).batch(np.arange(8))
    usual = Augmentation()
    one, same = (usual.applied(batch, np.random.default_rng(1)) for _ in range(2))
    assert np.array_equal(one.pictures, same.pictures)
    assert not np.array_equal(one.pictures, batch.pictures)
    none = Augmentation(light=0.0, colour=0.0, shift_px=0, blind_share=0.0)
    left = none.applied(batch, np.random.default_rng(1))
    assert np.array_equal(left.pictures, batch.pictures)
    assert np.array_equal(left.state, batch.state)
