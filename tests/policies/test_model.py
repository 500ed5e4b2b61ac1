"""The reference model in torch: its stages, its checkpoints, how it learns and how it drives."""

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs: pip install 'treehand[vla]'")

from treehand.skills.vla import (
    CheckpointConfig,
    ModelSize,
    PolicyError,
    PolicyWants,
    Properties,
    find_adapter,
    synthetic_observation,
)
from treehand.skills.vla.contract.spec import StateSpec
from treehand.skills.vla.reference.numpy_vla import NumpyVla
from treehand.skills.vla.reference.readout import RANGES, properties_of, shares_of
from treehand.skills.vla.reference.training import Batch, Trainer, TrainingSettings, train
from treehand.skills.vla.reference.vla_model import SmallVla
from treehand.worlds.tabletop.robot import SPEC

from .benches import deployment, run
from .test_check_policy import points

SPEC_OF_MODEL = PolicyWants().over(SPEC, chunk=16, rate_hz=30.0)
TINY = ModelSize(
    picture=32, width=32, channels=8, keypoints=8, text_layers=1, fusion_layers=1, action_layers=1
)
CONFIG = CheckpointConfig(spec=SPEC_OF_MODEL, size=TINY)


def test_the_default_is_small_and_the_same_for_a_seed():
    model = SmallVla(CheckpointConfig(spec=SPEC_OF_MODEL))
    assert 5e6 < sum(weights.numel() for weights in model.parameters()) < 10e6
    one, same, other = (
        SmallVla(CONFIG.model_copy(update={"seed": seed})).state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("instruction", ["pick up the red block", ""])
def test_numpy_gives_the_same_answers(tmp_path, instruction):
    model = SmallVla(CONFIG).eval()
    model.save(tmp_path)
    plain = NumpyVla.load(tmp_path)
    assert plain.parameters_n == sum(one.numel() for one in model.state_dict().values())
    for seed in range(3):
        seen = synthetic_observation(SPEC_OF_MODEL, seed)
        expected, answer = model.answer(seen, instruction), plain.answer(seen, instruction)
        assert np.allclose(answer.actions, expected.actions, atol=1e-4)
        assert np.allclose(shares_of(answer.properties), shares_of(expected.properties), atol=1e-5)


def test_a_model_that_feels_more_answers_as_before():
    model = SmallVla(CONFIG).eval()
    model.state_mean.fill_(0.5)
    model.state_scale.fill_(2.0)
    turned = StateSpec(size=3, unit="1")
    wider = model.feeling({**SPEC_OF_MODEL.state, "turned": turned})
    assert list(wider.config.spec.state) == [*SPEC_OF_MODEL.state, "turned"]
    seen = synthetic_observation(SPEC_OF_MODEL, 1)
    more = replace(seen, state={**seen.state, "turned": np.array([1.0, -1.0, 0.3])})
    before, after = model.answer(seen, "pick it up"), wider.answer(more, "pick it up")
    assert np.allclose(after.actions, before.actions, atol=1e-6)
    assert model.feeling(SPEC_OF_MODEL.state) is model


def test_new_statistics_of_proprioception_keep_the_answers():
    model = SmallVla(CONFIG).eval()
    seen = synthetic_observation(SPEC_OF_MODEL, 1)
    before = model.answer(seen, "pick it up").actions
    draws = np.random.default_rng(1)
    mean, scale = draws.normal(0.0, 1.0, model.state_n), draws.uniform(0.01, 2.0, model.state_n)
    model.standardize(mean, scale, keeps_answers=True)
    assert np.allclose(model.answer(seen, "pick it up").actions, before, atol=1e-5)
    assert np.allclose(model.state_scale.numpy(), scale)
    model.standardize(mean + 1.0, scale, keeps_answers=False)
    assert not np.allclose(model.answer(seen, "pick it up").actions, before, atol=1e-5)


def test_a_training_scales_what_a_base_did_not_feel():
    """A number that varies little is learned slowly while its scale is 1."""
    spec = SPEC_OF_MODEL.model_copy(
        update={"state": {**SPEC_OF_MODEL.state, "turned": StateSpec(size=1, unit="1")}}
    )
    model = SmallVla(CONFIG).feeling(spec.state)
    assert model.state_scale[-1] == 1.0

    class Turned:
        def __len__(self):
            return 64

        def batch(self, rows):
            one = synthetic_observation(SPEC_OF_MODEL, 1)
            count, action = len(rows), spec.action
            felt = np.concatenate([one.state[name] for name in SPEC_OF_MODEL.state])
            turned = 0.05 * np.sin(rows)[:, None]
            return Batch(
                np.stack([np.stack(list(one.images.values()))] * count),
                np.column_stack([np.tile(felt, (count, 1)), turned]),
                ("turn",) * count,
                np.zeros((count, spec.chunk, action.size)),
            )

    Trainer(model, Turned(), TrainingSettings(steps_n=1, batch_n=4), is_fresh=False)
    assert 0.01 < model.state_scale[-1] < 0.1


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda whole: whole[:-100], "shorter than its header says"),
        (lambda whole: whole[:4], "no header"),
        (lambda whole: b"\xff" * 8 + whole[8:], "no header"),
        (lambda whole: whole[:8] + b"x" + whole[9:], "holds no weights"),
        (lambda whole: whole.replace(b'"F32"', b'"I32"', 1), "numbers of type I32"),
        (lambda whole: whole.replace(b"felt.bias", b"felt.bia2", 1), "felt.bias"),
    ],
)
def test_numpy_refuses_damaged_weights(tmp_path, damage, told):
    SmallVla(CONFIG).save(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=told):
        NumpyVla.load(tmp_path)


def test_the_seed_of_a_model_leaves_other_draws_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    SmallVla(CONFIG)
    assert torch.equal(torch.rand(3), expected)


def test_an_answer_is_a_chunk_within_the_limits_and_what_the_thing_is_like():
    answer = (
        SmallVla(CONFIG)
        .eval()
        .answer(synthetic_observation(SPEC_OF_MODEL, 1), "pick up the red block")
    )
    actions, spec = answer.actions, SPEC_OF_MODEL.action
    assert actions.shape == (16, 3)
    assert (actions >= spec.lows() - 1e-9).all()
    assert (actions <= spec.highs() + 1e-9).all()
    said = (
        answer.properties.mass_kg,
        answer.properties.friction,
        answer.properties.break_force_n,
    )
    assert all(low <= value <= high for value, (low, high) in zip(said, RANGES, strict=True))


def test_words_pictures_and_proprioception_all_count():
    model = SmallVla(CONFIG).eval()
    seen = synthetic_observation(SPEC_OF_MODEL, 1)
    usual = model.answer(seen, "pick up the red block").actions
    other_picture = replace(seen, images=synthetic_observation(SPEC_OF_MODEL, 2).images)
    moved = replace(seen, state={key: value + 0.5 for key, value in seen.state.items()})
    for answer in (
        model.answer(seen, "pick up the blue block"),
        model.answer(other_picture, "pick up the red block"),
        model.answer(moved, "pick up the red block"),
    ):
        assert not np.array_equal(answer.actions, usual)
    assert np.isfinite(model.answer(seen, "").actions).all()
    assert np.isfinite(model.answer(seen, "word " * 100).actions).all()


def test_properties_are_said_on_logarithmic_scales():
    given = Properties(0.3, 0.5, 12.0)
    back = properties_of(shares_of(given))
    assert back.mass_kg == pytest.approx(0.3)
    assert back.friction == pytest.approx(0.5)
    assert back.break_force_n == pytest.approx(12.0)
    assert shares_of(Properties(1e-9, 99.0, 1e9)) == [0.0, 1.0, 1.0]


def test_a_checkpoint_gives_the_same_answers(tmp_path):
    model = SmallVla(CONFIG).eval()
    model.save(tmp_path / "model")
    seen = synthetic_observation(SPEC_OF_MODEL, 1)
    loaded = SmallVla.load(tmp_path / "model")
    assert loaded.config == CONFIG
    assert np.array_equal(loaded.answer(seen, "go").actions, model.answer(seen, "go").actions)


def connect(folder):
    policy = find_adapter("torch")(str(folder), SPEC_OF_MODEL, {})
    return policy.connect(10.0)


def test_a_checkpoint_that_is_none_is_told_apart(tmp_path):
    folder = tmp_path / "model"
    with pytest.raises(PolicyError, match=r"unreadable-file: cannot read .*config\.json"):
        connect(folder)
    SmallVla(CONFIG).save(folder)
    config = json.loads((folder / "config.json").read_text())
    assert connect(folder)["chunk"] == 16
    (folder / "model.safetensors").rename(tmp_path / "weights")
    with pytest.raises(PolicyError, match="no weights"):
        connect(folder)
    (folder / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(PolicyError, match="are not of this model"):
        connect(folder)
    (tmp_path / "weights").rename(folder / "model.safetensors")
    config["size"]["width"] = 64
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(PolicyError, match="are not of this model"):
        connect(folder)
    (folder / "config.json").write_text(json.dumps({**config, "kind": "another"}))
    with pytest.raises(PolicyError, match=r"config\.json:1:"):
        connect(folder)


class Numbers:
    """Examples in which the first action follows from proprioception."""

    def __init__(self, actions_n=3):
        random = np.random.default_rng(0)
        self.state = random.uniform(-1, 1, (256, 4))
        self.pictures = random.integers(0, 256, (256, 2, 32, 32, 3), dtype=np.uint8)
        self.actions = np.zeros((256, 16, actions_n))
        self.actions[:, :, 0] = 0.2 * self.state[:, :1]

    def __len__(self):
        return len(self.state)

    def batch(self, rows):
        words = ("follow the number",) * len(rows)
        return Batch(self.pictures[rows], self.state[rows], words, self.actions[rows])


def test_training_learns_and_is_the_same_for_a_seed():
    losses = []
    settings = TrainingSettings(steps_n=150, batch_n=32, rate=3e-3)
    model = train(CONFIG, Numbers(), settings, tell=lambda at: losses.append(at.loss))
    assert np.mean(losses[-5:]) < 0.2 * np.mean(losses[:5])
    again = train(CONFIG, Numbers(), settings)
    assert all(
        torch.equal(a, b)
        for a, b in zip(model.state_dict().values(), again.state_dict().values(), strict=True)
    )


def test_examples_that_do_not_fit_are_told():
    with pytest.raises(ValueError, match=r"actions have shape \(256, 16, 5\)"):
        train(CONFIG, Numbers(actions_n=5))


def test_it_drives_through_a_leaf_within_the_force_that_it_says(tmp_path):
    """It was never trained, so it gets nowhere, safely; what it says of the thing is recorded."""
    SmallVla(CONFIG).save(tmp_path / "model")
    place = deployment(
        tmp_path, adapter="torch", where="path: model", more="beyond: clamp\nlatency: 20 ms"
    )
    result, robot, events = run(place)
    robot.require_safe()
    assert robot.sent
    notes = [event.note for event in events if event.event == "skill-noted"]
    failed = [event.code for event in events if event.event == "skill-ended"]
    assert any(note.startswith("grip ") for note in notes) or "unsafe-force" in failed
    again, other, _ = run(place)
    assert [str(sent) for sent in robot.sent] == [str(sent) for sent in other.sent]
    assert result.sim_time_s == again.sim_time_s


@pytest.mark.slow
def test_a_checkpoint_folder_can_be_checked(tmp_path):
    SmallVla(CONFIG).save(tmp_path / "model")
    found = points(tmp_path, "model", code=0)
    assert found["as described"][0] == "ok"
    assert found["first answer"][0] == "ok"


@pytest.mark.nightly
def test_it_learns_to_reach_and_grasp_by_looking():
    """Beats a model that was not trained, and one that could not see, on seeds of its own."""
    from benchmarks.reaching import compare, intervals

    seeds = 60
    won = compare(minutes=3.0, seeds=seeds)
    between = intervals(won, seeds)
    print(won, between)
    least, _ = between["trained"]
    for other in ("trained on shuffled pictures", "not trained"):
        assert least > between[other][1]


def test_a_checkpoint_made_for_other_units_is_another_policy(tmp_path):
    dims = [dim.model_copy(update={"unit": "rad/s"}) for dim in SPEC.action.dims[:2]]
    action = SPEC.action.model_copy(update={"dims": (*dims, SPEC.action.dims[2])})
    spec = SPEC_OF_MODEL.model_copy(update={"action": action})
    SmallVla(CheckpointConfig(spec=spec, size=TINY)).save(tmp_path / "model")
    with pytest.raises(PolicyError, match="'x' is in m/s, but it was made for rad/s"):
        connect(tmp_path / "model")


def test_heads_that_cannot_share_the_width_are_a_finding(tmp_path):
    SmallVla(CONFIG).save(tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(
        path.read_text().replace('"width":32', '"width":33').replace('width": 32', 'width": 33')
    )
    with pytest.raises(PolicyError, match="which 4 heads cannot share"):
        connect(tmp_path / "model")
