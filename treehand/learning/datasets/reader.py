"""Reading of a LeRobotDataset: ours, or somebody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from treehand.core.errors import InputError, MissingExtra
from treehand.learning.datasets.episode import Segment
from treehand.learning.datasets.layout import (
    ACTION,
    CAMERA_PREFIX,
    EPISODES,
    HAND_VELOCITY,
    INFO,
    READ_VERSIONS,
    STATE,
    STATISTICS,
    Info,
)
from treehand.learning.datasets.video import pictures_of
from treehand.skills import ByteArray, FloatArray

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("datasets", "learn") from error


@dataclass(frozen=True, slots=True)
class VideoPlace:
    """Place of an episode's pictures."""

    chunk: int
    file: int
    start_s: float
    """Time in the file at which the episode begins."""


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """One row of the table of episodes."""

    number: int
    tasks: tuple[str, ...]
    first: int
    """Number of its first frame in the dataset."""
    end: int
    """Number of the frame after its last one."""
    is_success: bool | None
    """True if it ended as it should; None if the dataset does not say."""
    segments: tuple[Segment, ...]
    """Skills that ran in it; empty if the dataset does not say."""
    notes: dict[str, str]
    """More about the episode, by name."""
    videos: dict[str, VideoPlace]
    """Feature of each camera to the place of its pictures."""


class Dataset:
    """A dataset that was read, without its pictures.

    Args:
        folder: Its folder.

    Raises:
        InputError: If it is not a whole dataset of a known version, or numbers in it are not
            finite.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.info = _info(folder)
        self.episodes = tuple(_episodes(folder, self.info))
        """Its episodes, in order."""
        frames = _frames(folder, self.info, self.episodes)
        self.state: FloatArray = _numbers(frames, STATE, folder)
        """Proprioception of every frame, shape (n, state_n)."""
        self.action: FloatArray = _numbers(frames, ACTION, folder)
        """Actions of every frame, shape (n, action_n)."""
        self.hand_velocity: FloatArray | None = None
        """Velocity of the hand in its own frame, shape (n, 6); None if the dataset has none."""
        if HAND_VELOCITY in frames.column_names:
            self.hand_velocity = _numbers(frames, HAND_VELOCITY, folder)
        self.frames = frames
        """All columns of all frames."""

    def __len__(self) -> int:
        return len(self.state)

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the cameras, without the prefix of their features."""
        return tuple(key.removeprefix(CAMERA_PREFIX) for key in self.info.cameras)

    @property
    def statistics(self) -> dict[str, dict[str, Any]]:
        """Statistics of the features, as the dataset states them; empty if it does not."""
        path = self.folder / STATISTICS
        if not path.exists():
            return {}
        found: dict[str, dict[str, Any]] = _json(path)
        return found

    def names(self, feature: str) -> tuple[str, ...]:
        """Return the names of a feature's numbers; numbers if it has no names."""
        declared = self.info.features[feature]
        names = declared.names
        if isinstance(names, dict):
            names = next(iter(names.values()), None)
        if isinstance(names, Sequence) and not isinstance(names, str):
            return tuple(map(str, names))
        return tuple(f"{feature}.{number}" for number in range(declared.shape[0]))

    def pictures(self, camera: str, episode: EpisodeRow) -> Iterator[ByteArray]:
        """Yield the pictures of an episode in order, each of shape (height, width, 3).

        Args:
            camera: Name of the camera, as in `cameras`.
            episode: One of `episodes`.

        Raises:
            InputError: If there is no such camera, or its file is damaged or ends early.
        """
        key = CAMERA_PREFIX + camera if CAMERA_PREFIX + camera in self.info.features else camera
        if key not in self.info.cameras or self.info.video_path is None:
            known = ", ".join(self.cameras) or "none"
            raise _wrong(self.folder, f"there is no camera '{camera}'; its cameras: {known}")
        place = episode.videos.get(key)
        if place is None:
            raise _wrong(self.folder / EPISODES, f"there are no columns 'videos/{key}/…'")
        path = self.folder / self.info.video_path.format(
            video_key=key, chunk_index=place.chunk, file_index=place.file
        )
        count, given = episode.end - episode.first, 0
        try:
            for picture in pictures_of(path, place.start_s, count):
                given += 1
                yield picture
        except OSError as error:
            raise _wrong(path, str(error)) from error
        if given != count:
            message = f"episode {episode.number} has {count} frames and {given} pictures in it"
            raise _wrong(path, message)


def _info(folder: Path) -> Info:
    if not folder.is_dir():
        raise _wrong(folder, "there is no such folder")
    path = folder / INFO
    if not path.exists():
        raise _wrong(folder, f"there is no {INFO}: it is no dataset, or an unfinished one")
    data = _json(path)
    version = data.get("codebase_version") if isinstance(data, dict) else None
    if version not in READ_VERSIONS:
        known = " and ".join(READ_VERSIONS)
        hint = (
            "LeRobot converts older ones: python -m lerobot.datasets.v30.convert_dataset_v21_to_v30"
        )
        message = f"{path}: version {version!r} is not read; {known} are"
        raise InputError.of("wrong-dataset", message, hint=hint)
    try:
        info = Info.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _wrong(path, f"'{place}': {first['msg']}") from error
    for key in (STATE, ACTION):
        if key not in info.features:
            raise _wrong(path, f"there is no feature '{key}'")
        if len(info.features[key].shape) != 1:
            raise _wrong(path, f"'{key}' is no list of numbers: {info.features[key].shape}")
    return info


def _episodes(folder: Path, info: Info) -> Iterator[EpisodeRow]:
    files = sorted((folder / EPISODES).parent.parent.glob("chunk-*/file-*.parquet"))
    if not files:
        raise _wrong(folder, f"there is no {EPISODES}")
    end = 0
    count = 0
    for path in files:
        table = _table(path)
        for name in ("episode_index", "length"):
            if name not in table.column_names:
                raise _wrong(path, f"there is no column '{name}'")
        for row in table.to_pylist():
            if row["episode_index"] != count or not isinstance(row["length"], int):
                raise _wrong(path, f"row {count} is of episode {row['episode_index']}")
            first, end = end, end + row["length"]
            count += 1
            yield EpisodeRow(
                number=row["episode_index"],
                tasks=tuple(row.get("tasks") or ()),
                first=first,
                end=end,
                is_success=row.get("success"),
                segments=tuple(_segments(row)),
                notes={
                    name.removeprefix("note/"): value
                    for name, value in row.items()
                    if name.startswith("note/") and value is not None
                },
                videos={key: place for key in info.cameras if (place := _place(key, row))},
            )
    if (count, end) != (info.total_episodes, info.total_frames):
        message = (
            f"{INFO} says {info.total_episodes} episodes of {info.total_frames} frames, "
            f"the table of episodes has {count} of {end}"
        )
        raise _wrong(folder, message)


def _place(key: str, row: dict[str, Any]) -> VideoPlace | None:
    chunk, file, start_s = (
        row.get(f"videos/{key}/{name}") for name in ("chunk_index", "file_index", "from_timestamp")
    )
    if chunk is None or file is None or start_s is None:
        return None
    return VideoPlace(int(chunk), int(file), float(start_s))


def _segments(row: dict[str, Any]) -> Iterator[Segment]:
    names = [
        *("sparse_subtask_names", "subtask_calls", "subtask_attempts"),
        *("sparse_subtask_start_frames", "sparse_subtask_end_frames"),
        *("subtask_endings", "subtask_codes"),
    ]
    if any(row.get(name) is None for name in names):
        return
    for words, call, attempt, first, last, ending, code in zip(
        *(row[name] for name in names), strict=True
    ):
        yield Segment(words, call, attempt, first, last + 1, ending, code or None)


def _frames(folder: Path, info: Info, episodes: Sequence[EpisodeRow]) -> pa.Table:
    files = sorted((folder / "data").glob("chunk-*/file-*.parquet"))
    if not files:
        raise _wrong(folder, "there are no frames in data/")
    tables = [_table(path) for path in files]
    try:
        table = pa.concat_tables(tables)
    except pa.ArrowInvalid as error:
        raise _wrong(folder / "data", str(error).splitlines()[0]) from error
    if len(table) != info.total_frames:
        message = f"{INFO} says {info.total_frames} frames, data/ has {len(table)}"
        raise _wrong(folder, message)
    for name in (STATE, ACTION, "episode_index"):
        if name not in table.column_names:
            raise _wrong(folder / "data", f"there is no column '{name}'")
    numbers = table.column("episode_index").to_numpy()
    wanted = np.repeat([one.number for one in episodes], [one.end - one.first for one in episodes])
    differs = np.flatnonzero(numbers != wanted)
    if len(differs):
        at = differs[0]
        message = f"frame {at} is of episode {numbers[at]}, not {wanted[at]}"
        raise _wrong(folder / "data", message)
    return table


def _numbers(table: pa.Table, name: str, folder: Path) -> FloatArray:
    column = table.column(name).combine_chunks()
    rows = column.to_pylist() if not hasattr(column, "flatten") else None
    try:
        flat = np.asarray(column.flatten() if rows is None else rows, dtype=np.float64)
        values: FloatArray = flat.reshape(len(table), -1)
    except ValueError as error:
        raise _wrong(folder / "data", f"'{name}' has rows of different lengths") from error
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        frame, number = bad[0]
        raise _wrong(folder / "data", f"'{name}' of frame {frame} is not finite (number {number})")
    return values


def _table(path: Path) -> pa.Table:
    try:
        return parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise _wrong(path, f"damaged: {str(error).splitlines()[0]}") from error


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(path, str(error)) from error


def _wrong(place: Path, message: str) -> InputError:
    hint = "record it again, or copy it whole"
    return InputError.of("wrong-dataset", f"{place}: {message}", hint=hint)
