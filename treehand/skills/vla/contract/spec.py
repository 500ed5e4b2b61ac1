"""Inputs and outputs of a policy: the part of its contract that no wire protocol carries.

Units, order of the joints and limits come from the deployment file, and from the robot where the
file leaves them out. A server's declaration is compared with them before anything moves.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool
from pydantic_core import PydanticCustomError

from treehand.documents.reader import Located
from treehand.skills.contracts.embodiment import ActionSpec, EmbodimentSpec, Positive, Unit
from treehand.skills.domain import Seconds
from treehand.skills.vla.contract.adapt import Adapt
from treehand.skills.vla.contract.scaling import Scaling

LONGEST_HISTORY = 300
"""Greatest number of periods that a policy may look back."""


def _ordered(steps: tuple[int, ...]) -> tuple[int, ...]:
    if list(steps) != sorted({*steps}) or steps[-1] != 0 or steps[0] < -LONGEST_HISTORY:
        message = f"a history is a rising list of periods that ends with 0, not {list(steps)}"
        hint = f"for example [-8, 0]; at most {LONGEST_HISTORY} periods back"
        raise PydanticCustomError("wrong_policy", message, {"code": "wrong-policy", "hint": hint})
    return steps


History = Annotated[tuple[int, ...], Field(min_length=1), AfterValidator(_ordered)]
"""Periods relative to the present one."""
Side = Annotated[int, Field(gt=0, le=4096)]


class CameraSpec(Located):
    """A picture that the policy takes."""

    camera: str | None = None
    """Name of the robot's camera; the policy's key if left out."""
    height: Side = 224
    """Height in pixels."""
    width: Side = 224
    """Width in pixels."""
    kind: Literal["rgb", "rgbd"] = "rgb"
    """``rgbd``: the policy takes depth in metres, too."""
    layout: Literal["hwc", "chw"] = "hwc"
    """Order of the axes: height, width, channel; or channel first."""
    max_age: Seconds = 0.5
    """Greatest age of the picture when it is used."""
    never_repeats: StrictBool = False
    """If true, equal pictures count as a frozen camera; real cameras never repeat a picture."""


class StateSpec(Located):
    """Numbers that the policy takes: proprioception, a LiDAR's ranges, a wrist's wrench."""

    reads: tuple[str, ...] = ()
    """Names of the robot's quantities, which are concatenated; the policy's key if left out."""
    size: Annotated[int, Field(gt=0)]
    """Total number of values."""
    unit: Unit
    """Unit of the values; of several units that of the first."""
    max_age: Seconds = 0.5
    """Greatest age of the values when they are used."""
    scaling: Scaling | None = None
    """Encoding of the values for the policy; physical values if left out."""
    padded_to: Annotated[int, Field(gt=0)] | None = None
    """Number of values that are sent: zeros follow the `size` ones."""

    @property
    def sent(self) -> int:
        """Number of values that are sent."""
        return self.padded_to or self.size


class PolicySpec(Located):
    """Inputs and outputs of a policy."""

    cameras: dict[str, CameraSpec] = {}
    """Pictures, by the policy's key."""
    state: dict[str, StateSpec] = {}
    """Numbers, by the policy's key."""
    action: ActionSpec
    """Actions that the policy predicts."""
    scaling: Scaling | None = None
    """Encoding of the actions; physical values if left out."""
    padded_to: Annotated[int, Field(gt=0)] | None = None
    """Numbers of an action as it is answered; the ones after its dimensions are left away."""
    has_batch_axis: StrictBool = False
    """True if answers have a first axis of length 1."""
    adapt: Adapt = Adapt()
    """Conversions to the robot that the deployment allows."""
    chunk: Annotated[int, Field(gt=0)]
    """Actions in one chunk."""
    rate_hz: Positive
    """Actions per second."""
    continues: StrictBool = False
    """True if the policy takes the actions that are sent during its inference and continues them
    (real-time chunking)."""
    history: History = (0,)
    """Periods at which the policy looks, the present one last: ``[-8, 0]`` for the present one and
    the one eight periods before. Pictures are then taken in every period."""

    @property
    def answered(self) -> int:
        """Numbers of an action as it is answered."""
        return self.padded_to or self.action.size

    @property
    def period_s(self) -> float:
        """Time from one action to the next, in seconds."""
        return 1.0 / self.rate_hz


class PolicyWants(Located):
    """The parts of a `PolicySpec` that a file states; the robot gives the rest."""

    cameras: dict[str, CameraSpec] | None = None
    """Pictures, by the policy's key; all of the robot's cameras if left out."""
    state: dict[str, StateSpec] | None = None
    """Numbers, by the policy's key; all of the robot's proprioception if left out."""
    action: ActionSpec | None = None
    """Actions that the policy predicts; those of the robot if left out."""
    scaling: Scaling | None = None
    """Encoding of the actions; physical values if left out."""
    padded_to: Annotated[int, Field(gt=0)] | None = None
    """Numbers of an action as it is answered; the ones after its dimensions are left away."""
    has_batch_axis: StrictBool = False
    """True if answers have a first axis of length 1."""
    continues: StrictBool = False
    """True if the policy continues the actions that are sent during its inference (real-time
    chunking)."""
    history: History = (0,)
    """Periods at which the policy looks, the present one last: ``[-8, 0]`` for the present one and
    the one eight periods before. Pictures are then taken in every period."""

    def over(
        self, robot: EmbodimentSpec, *, chunk: int, rate_hz: float, adapt: Adapt | None = None
    ) -> PolicySpec:
        """Return the whole spec; the robot gives the parts that are left out."""
        cameras, state = self.cameras, self.state
        if cameras is None:
            cameras = {name: CameraSpec() for name in robot.cameras}
        if state is None:
            state = {
                name: StateSpec(size=quantity.size, unit=quantity.unit)
                for name, quantity in robot.proprioception.items()
            }
        return PolicySpec(
            cameras=cameras,
            state=state,
            action=self.action or robot.action,
            scaling=self.scaling,
            padded_to=self.padded_to,
            has_batch_axis=self.has_batch_axis,
            adapt=adapt or Adapt(),
            chunk=chunk,
            rate_hz=rate_hz,
            continues=self.continues,
            history=self.history,
        )


_SIZES = ("action_dim", "action_size", "action_shape")
_CHUNKS = ("action_horizon", "chunk", "chunk_size", "actions_per_chunk", "n_action_steps")
_CONVENTIONS = {
    "control_mode": "control",
    "action_frame": "frame",
    "rotation": "rotation",
    "gripper": "gripper",
}
"""Key of a declaration to the field of an `ActionSpec`."""
_RATES = ("rate_hz", "control_hz", "control_frequency", "fps")


def contradictions(
    spec: PolicySpec, declared: Mapping[str, Any], expected: Mapping[str, Any]
) -> Iterator[str]:
    """Yield each contradiction between a policy's declaration and the deployment.

    Args:
        spec: Spec of the deployment.
        declared: Declaration of the policy; only keys with a common meaning are compared.
        expected: Further keys, with the values that they must have.
    """
    for key in _SIZES:
        if key in declared and _last(declared[key]) != spec.answered:
            yield f"it declares {key} {declared[key]}, but an action has {spec.answered} numbers"
    for key in _CHUNKS:
        if key in declared and declared[key] != spec.chunk:
            yield f"it declares {key} {declared[key]}, but 'chunk' is {spec.chunk}"
    for key in _RATES:
        if key in declared and not _is_close(declared[key], spec.rate_hz):
            yield f"it declares {key} {declared[key]}, but 'rate_hz' is {spec.rate_hz:g}"
    for key, sent in (("cameras", spec.cameras), ("state", spec.state)):
        wanted = declared.get(key)
        if isinstance(wanted, Mapping | Sequence) and not isinstance(wanted, str):
            missing = [name for name in map(str, wanted) if name not in sent]
            if missing:
                yield f"it wants {key} '{missing[0]}', which is not under '{key}'"
    labels = declared.get("action_labels")
    if isinstance(labels, Sequence) and list(labels) != list(spec.action.labels):
        yield f"it declares actions {_listed(labels)}, not {_listed(spec.action.labels)}"
    for key, aspect in _CONVENTIONS.items():
        its, ours = declared.get(key), getattr(spec.action, aspect)
        if isinstance(its, str) and its != ours:
            fix = f"wants: {{action: {{{aspect}: {its}}}}}"
            yield f"it declares {key} '{its}', not '{ours}' (would fit: {fix})"
    for key, value in expected.items():
        if key not in declared:
            yield f"it does not declare '{key}', which 'expects' says is {value!r}"
        elif declared[key] != value:
            yield f"it declares {key} {declared[key]!r}, but 'expects' says {value!r}"


def differences(ours: PolicySpec, its: PolicySpec) -> Iterator[str]:
    """Yield the differences in units, limits and frame between a deployment and a checkpoint."""
    for key, state in its.state.items():
        mine = ours.state.get(key)
        if mine is not None and (mine.size, mine.unit) != (state.size, state.unit):
            yield (
                f"'{key}' is {mine.size} numbers in {mine.unit}, "
                f"but it was made for {state.size} in {state.unit}"
            )
    for mine_dim, dim in zip(ours.action.dims, its.action.dims, strict=False):
        if mine_dim.unit != dim.unit:
            yield f"'{dim.label}' is in {mine_dim.unit}, but it was made for {dim.unit}"
        elif mine_dim.low > dim.low or mine_dim.high < dim.high:
            yield (
                f"'{dim.label}' may be {mine_dim.low:g} to {mine_dim.high:g} {dim.unit}, "
                f"but it was made for {dim.low:g} to {dim.high:g}"
            )
    for aspect in ("control", "frame", "rotation", "gripper"):
        mine_is, made_for = getattr(ours.action, aspect), getattr(its.action, aspect)
        if mine_is != made_for:
            what = "actions are in frame" if aspect == "frame" else f"{aspect} is"
            yield f"{what} '{mine_is}', but it was made for '{made_for}'"


def unsupported(spec: PolicySpec, capabilities: Collection[str]) -> Iterator[str]:
    """Yield each optional input of a deployment that its adapter does not support."""
    if "depth" not in capabilities and any(c.kind == "rgbd" for c in spec.cameras.values()):
        yield "its adapter sends no depth, which 'kind: rgbd' asks for"
    if "history" not in capabilities and len(spec.history) > 1:
        yield "its adapter sends no earlier observations, which 'history' asks for"
    if "continues" not in capabilities and spec.continues:
        yield "its adapter tells nothing of the actions under way, which 'continues' asks for"


def _is_close(declared: object, rate_hz: float) -> bool:
    return isinstance(declared, int | float) and math.isclose(declared, rate_hz, rel_tol=1e-6)


def _last(size: Any) -> Any:
    return size[-1] if isinstance(size, Sequence) and size and not isinstance(size, str) else size


def _listed(names: Any) -> str:
    return ", ".join(map(str, names)) or "nothing"
