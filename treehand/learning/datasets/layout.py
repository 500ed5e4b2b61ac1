"""Files and declarations of a LeRobotDataset v3.0.

    meta/info.json                          features, frame rate, counts
    meta/stats.json                         statistics of every feature
    meta/tasks.parquet                      tasks in words
    meta/subtasks.parquet                   subtasks in words
    meta/episodes/chunk-000/file-000.parquet  a row for each episode
    meta/events/000000.jsonl                events of each episode's run
    data/chunk-000/file-000.parquet         a row for each frame
    videos/CAMERA/chunk-000/file-000.mp4    pictures

The folder of events and some columns are ours; other readers leave them alone.
Source: LeRobot 0.4.4, ``lerobot/datasets``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION = "v3.0"
"""Version that is written."""
READ_VERSIONS = ("v3.0", "v3.1")
INFO = Path("meta/info.json")
STATISTICS = Path("meta/stats.json")
TASKS = Path("meta/tasks.parquet")
SUBTASKS = Path("meta/subtasks.parquet")
EVENTS = Path("meta/events")
EPISODES = Path("meta/episodes/chunk-000/file-000.parquet")
DATA_PATH = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO_PATH = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
DATA_MB, VIDEO_MB = 100, 200
"""Size in MB from which a new file is begun."""
STATE, ACTION = "observation.state", "action"
HAND_VELOCITY = "hand_velocity"
"""Commanded velocity of the hand in its own frame, where the robot knows its kinematics."""
HAND_NAMES = ("x_m_s", "y_m_s", "z_m_s", "rx_rad_s", "ry_rad_s", "rz_rad_s")
CAMERA_PREFIX = "observation.images."


class Feature(BaseModel):
    """Declaration of one column, or of one camera."""

    model_config = ConfigDict(extra="allow")

    dtype: str
    """``float32``, ``int64``, ``bool``, ``string``; ``video`` and ``image`` for cameras."""
    shape: tuple[int, ...]
    """Shape of one frame's value; (height, width, 3) for cameras."""
    names: Any = None
    """Names of the values, or of the axes."""

    @property
    def is_camera(self) -> bool:
        """True if its frames are pictures."""
        return self.dtype in ("video", "image")


class Info(BaseModel):
    """``meta/info.json``."""

    model_config = ConfigDict(extra="allow")

    codebase_version: str
    robot_type: str | None = None
    total_episodes: Annotated[int, Field(ge=0)]
    total_frames: Annotated[int, Field(ge=0)]
    total_tasks: Annotated[int, Field(ge=0)]
    chunks_size: Annotated[int, Field(gt=0)] = 1000
    data_files_size_in_mb: int = DATA_MB
    video_files_size_in_mb: int = VIDEO_MB
    fps: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """Frames per second."""
    splits: dict[str, str] = {}
    data_path: str = DATA_PATH
    video_path: str | None = VIDEO_PATH
    robot: dict[str, Any] | None = None
    """Declaration of the robot, as its world makes it; only datasets of ours have one."""
    features: dict[str, Feature]

    @property
    def cameras(self) -> tuple[str, ...]:
        """Keys of the features that are pictures."""
        return tuple(key for key, feature in self.features.items() if feature.is_camera)


def index_feature(dtype: Literal["int64", "float32", "bool"]) -> Feature:
    """Return the declaration of a column with one number a frame."""
    return Feature(dtype=dtype, shape=(1,))


BOOKKEEPING = {
    "timestamp": index_feature("float32"),
    "frame_index": index_feature("int64"),
    "episode_index": index_feature("int64"),
    "index": index_feature("int64"),
    "task_index": index_feature("int64"),
}
"""Columns that every dataset has: time in the episode in s, and numbers."""
OUTCOMES = {
    "subtask_index": index_feature("int64"),
    "attempt_succeeded": index_feature("bool"),
    "intervention": index_feature("bool"),
    "next.reward": index_feature("float32"),
    "next.done": index_feature("bool"),
    "next.success": index_feature("bool"),
}
"""Columns that say what a frame was part of, and how that ended."""


def camera_key(camera: str) -> str:
    """Return the feature of a robot's camera."""
    return CAMERA_PREFIX + camera
