"""A small dataset of a made-up robot: the hand moves towards a bright column of the picture."""

import numpy as np

from treehand.learning.datasets.episode import Episode, Segment
from treehand.learning.datasets.writer import DatasetWriter
from treehand.skills import ActionDim, ActionSpec, CameraOfRobot, EmbodimentSpec, QuantityOfRobot

RATE_HZ, SIDE = 25.0, 32
SPEC = EmbodimentSpec(
    cameras={"front": CameraOfRobot()},
    proprioception={"joint_rad": QuantityOfRobot(size=2, unit="rad")},
    action=ActionSpec(
        control="velocity",
        frame="joint",
        gripper="force",
        dims=(
            ActionDim(label="turn", unit="rad/s", low=-1.0, high=1.0),
            ActionDim(label="grip", unit="N", low=0.0, high=20.0, part="gripper"),
        ),
    ),
)


def episode(seed, frames_n=24, *, is_success=True, camera="front"):
    random = np.random.default_rng(seed)
    wanted = random.uniform(-0.9, 0.9)
    turn = np.full(frames_n, wanted)
    state = np.stack([np.cumsum(turn) / RATE_HZ, np.zeros(frames_n)], axis=1)
    action = np.stack([turn, np.where(np.arange(frames_n) > 12, 8.0, 0.0)], axis=1)
    column = round((wanted + 1) / 2 * (SIDE - 4))

    def pictures():
        for number in range(frames_n):
            picture = np.full((SIDE, SIDE, 3), 40, dtype=np.uint8)
            picture[:, column : column + 4] = (250, 60, 10 * (number % 10))
            yield {camera: picture}

    middle = frames_n // 2
    ending = ("success", None) if is_success else ("failure", "grasp-missed")
    segments = (
        Segment("turn to the light", "turn(lamp_1)", 1, 0, middle, "failure", "grasp-dropped"),
        Segment("turn to the light", "turn(lamp_1)", 2, middle, frames_n - 2, *ending),
    )
    return Episode(
        task="turn to the light",
        state=state,
        action=action,
        hand_velocity=None,
        pictures=pictures,
        is_success=is_success,
        segments=segments,
        interventions=((3, 5),),
        notes={"seed": str(seed)},
        events=('{"event": "made-up"}',),
    )


def writer(folder, *, spec=SPEC):
    return DatasetWriter(
        folder,
        robot="made-up",
        spec=spec,
        rate_hz=RATE_HZ,
        state=("joint_rad.0", "joint_rad.1"),
        has_hand=False,
        cameras={"front": (SIDE, SIDE)},
    )


def write(folder, episodes_n=4, **more):
    with writer(folder) as made:
        for seed in range(episodes_n):
            made.add(episode(seed, **more))
    return folder
