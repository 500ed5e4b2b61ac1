import numpy as np
import pytest

from treehand.skills import ActionDim, ActionSpec, FailureCode
from treehand.skills.vla import ActionChunk, ChunkBuffer, PolicyError, ensemble_action
from treehand.skills.vla.contract.action_limits import ActionLimits

PERIOD_S = 1 / 30


def spec(control="velocity", **more):
    dims = (
        ActionDim(label="x", unit="m/s", low=-1, high=1, max_step=0.5),
        ActionDim(label="grip", low=0, high=1, part="gripper", is_binary=True),
    )
    return ActionSpec(control=control, gripper="closed-is-high", dims=dims, **more)


def chunk(observed_s, *rows, request=1):
    return ActionChunk(np.array(rows, dtype=float), observed_s, PERIOD_S, 0.0, request, 1)


def test_an_action_is_due_at_its_own_time_however_late_its_chunk_comes():
    buffer = ChunkBuffer(spec(), "switch")
    buffer.add(chunk(0.0, [0.0, 0], [0.1, 0], [0.2, 0], [0.3, 1]), 2 * PERIOD_S)
    assert buffer.at(2 * PERIOD_S).action[0] == 0.2
    assert buffer.at(3 * PERIOD_S).action.tolist() == [0.3, 1.0]
    assert buffer.at(4 * PERIOD_S) is None


def test_a_chunk_of_an_older_observation_does_not_replace_a_newer_one():
    buffer = ChunkBuffer(spec(), "switch")
    buffer.add(chunk(PERIOD_S, *[[0.5, 0]] * 4), PERIOD_S)
    buffer.add(chunk(0.0, *[[0.1, 0]] * 9), PERIOD_S)
    assert buffer.at(PERIOD_S).action[0] == 0.5


def test_the_ensemble_weighs_the_oldest_prediction_most_and_averages_no_switch():
    buffer = ChunkBuffer(spec(), "ensemble", rate=1.0)
    buffer.add(chunk(0.0, [0.0, 0], [0.0, 0], [0.0, 0]), 0.0)
    buffer.add(chunk(PERIOD_S, [1.0, 1], [1.0, 1]), PERIOD_S)
    due = buffer.at(PERIOD_S)
    assert due.action[0] == pytest.approx(np.exp(-1) / (1 + np.exp(-1)))
    assert due.action[1] == 1.0
    assert due.observed_s == PERIOD_S


def test_an_ensemble_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        ensemble_action(np.zeros((0, 3)), 0.1)
    with pytest.raises(ValueError, match="finite"):
        ensemble_action(np.zeros((1, 3)), float("nan"))


def test_a_blend_goes_over_step_by_step():
    buffer = ChunkBuffer(spec(), "blend", blend_n=3)
    buffer.add(chunk(0.0, *[[0.0, 0]] * 9), 0.0)
    buffer.add(chunk(0.0, *[[0.4, 0]] * 9), 0.0)
    taken = [buffer.at(k * PERIOD_S).action[0] for k in range(5)]
    assert taken == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])


def test_quaternions_are_never_averaged():
    dims = [ActionDim(label=f"q{i}", low=-1, high=1, part="rotation") for i in range(4)]
    turning = ActionSpec(control="position", rotation="quaternion-xyzw", dims=tuple(dims))
    buffer = ChunkBuffer(turning, "ensemble")
    buffer.add(chunk(0.0, [1.0, 0, 0, 0], [1.0, 0, 0, 0]), 0.0)
    buffer.add(chunk(0.0, [0.0, 0, 0, 1], [0.0, 0, 0, 1]), 0.0)
    assert buffer.at(0.0).action.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ([np.nan, 0], "not finite"),
        ([np.inf, 0], "not finite"),
        ([1.5, 0], "'x' is 1.5, outside -1 to 1 m/s"),
        ([0.6, 0], "'x' leaps by 0.6 m/s in one period, more than 0.5"),
    ],
)
def test_what_must_not_be_sent_is_not(action, said):
    admission = ActionLimits(spec())
    with pytest.raises(PolicyError, match=said) as caught:
        admission.enforce(np.array(action, dtype=float), np.zeros(2))
    assert caught.value.code is FailureCode.POLICY_INVALID


def test_clamped_actions_are_counted_and_keep_every_limit():
    admission = ActionLimits(spec(), "clamp")
    assert admission.enforce(np.array([9.0, 0.0]), np.zeros(2)).tolist() == [0.5, 0.0]
    assert admission.enforce(np.array([9.0, 0.0]), np.array([0.8, 0.0])).tolist() == [1.0, 0.0]
    assert admission.clamped_n == 2


def test_nothing_clamps_what_is_not_finite():
    with pytest.raises(PolicyError):
        ActionLimits(spec(), "clamp").enforce(np.array([np.nan, 0.0]), None)


@pytest.mark.parametrize(
    ("shape", "said"),
    [((3,), r"\(3,\), not \(n, 2\)"), ((4, 7), r"\(4, 7\)"), ((0, 2), r"\(0, 2\)")],
)
def test_a_wrong_shape_is_named(shape, said):
    with pytest.raises(PolicyError, match=said):
        ActionLimits(spec()).require_valid(np.zeros(shape))
