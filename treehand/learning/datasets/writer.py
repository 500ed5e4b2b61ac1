"""Writing of a dataset: whole or not at all."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from treehand.core.errors import InputError, MissingExtra, StorageError
from treehand.learning.datasets import statistics
from treehand.learning.datasets.episode import Episode
from treehand.learning.datasets.layout import (
    ACTION,
    BOOKKEEPING,
    DATA_MB,
    DATA_PATH,
    EPISODES,
    EVENTS,
    HAND_NAMES,
    HAND_VELOCITY,
    INFO,
    OUTCOMES,
    STATE,
    STATISTICS,
    SUBTASKS,
    TASKS,
    VERSION,
    VIDEO_MB,
    VIDEO_PATH,
    Feature,
    Info,
    camera_key,
)
from treehand.learning.datasets.video import VideoWriter
from treehand.skills import EmbodimentSpec, FloatArray

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("datasets", "learn") from error

PARTIAL = ".partial"
"""Suffix of the folder in which a dataset grows."""


@dataclass(frozen=True)
class _Written:
    row: dict[str, Any]
    frames: pa.Table
    vectors: Mapping[str, FloatArray]


class DatasetWriter:
    """Writes episodes; the folder appears when it is finished, and holds a whole dataset then.

    Use it as a context manager: leaving it finishes a dataset with episodes, unless an exception
    that is no interrupt goes through it.

    Args:
        folder: Folder of the dataset; it must not exist.
        robot: Name of the world of the robot.
        spec: Declaration of the robot.
        rate_hz: Frames per second.
        state: Names of the proprioception's numbers, in order.
        has_hand: True if the velocity of the hand is known.
        cameras: Name of each camera to the height and width of its pictures.

    Raises:
        InputError: If the folder exists, or an unfinished dataset is beside it.
        StorageError: If it cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        robot: str,
        spec: EmbodimentSpec,
        rate_hz: float,
        state: Sequence[str],
        has_hand: bool,
        cameras: Mapping[str, tuple[int, int]],
    ) -> None:
        self._folder = folder
        self._partial = _new_folder(folder)
        self._robot = robot
        self._rate_hz = rate_hz
        self._cameras = dict(cameras)
        self._spec = spec
        self._features = _features(state, spec, cameras, rate_hz, has_hand=has_hand)
        self._tasks: dict[str, int] = {}
        self._subtasks: dict[str, int] = {"": 0}
        self._episodes: list[_Written] = []
        self._pixels: dict[str, list[FloatArray]] = {name: [] for name in cameras}
        self._videos: dict[str, VideoWriter] = {}
        self._video_files = dict.fromkeys(cameras, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        is_kept = error is None or isinstance(error, KeyboardInterrupt)
        if is_kept and self._episodes:
            self.finish()
        else:
            self.discard()

    @property
    def episodes_n(self) -> int:
        """Number of episodes so far."""
        return len(self._episodes)

    @property
    def frames_n(self) -> int:
        """Number of frames so far."""
        return sum(len(one.frames) for one in self._episodes)

    def add(self, episode: Episode) -> None:
        """Add an episode.

        Raises:
            InputError: If its numbers do not fit the dataset, or are not finite.
            StorageError: If it cannot be written; the dataset is then discarded.
        """
        self._require_fitting(episode)
        try:
            self._add(episode)
        except OSError as error:
            self.discard()
            raise _unwritable(self._folder, error) from error

    def finish(self) -> None:
        """Complete the files and move the dataset to its folder.

        Raises:
            StorageError: If it cannot be written; the dataset is then discarded.
        """
        try:
            self._close_videos()
            rows = self._write_data()
            self._write_meta(rows)
            self._partial.rename(self._folder)
        except OSError as error:
            self.discard()
            raise _unwritable(self._folder, error) from error

    def discard(self) -> None:
        """Delete what was written."""
        with contextlib.suppress(Exception):  # a full disk, a codec: the files are deleted next
            self._close_videos()
        shutil.rmtree(self._partial, ignore_errors=True)

    def _require_fitting(self, episode: Episode) -> None:
        for key, values in _vectors_of(episode).items():
            if key not in self._features:
                continue
            wanted = (episode.length, *self._features[key].shape)
            if values.shape != wanted or not episode.length:
                message = f"'{key}' of an episode has shape {values.shape}, not {wanted}"
                raise InputError.of("wrong-episode", message, hint="record it from this robot")
            bad = np.argwhere(~np.isfinite(values))
            if len(bad):
                frame, number = bad[0]
                message = f"'{key}' of frame {frame} is not finite (number {number})"
                raise InputError.of("wrong-episode", message, hint="leave the episode out")

    def _add(self, episode: Episode) -> None:
        number = len(self._episodes)
        task = self._tasks.setdefault(episode.task, len(self._tasks))
        row: dict[str, Any] = {
            "episode_index": number,
            "tasks": [episode.task],
            "length": episode.length,
            "dataset_from_index": self.frames_n,
            "dataset_to_index": self.frames_n + episode.length,
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
            "success": episode.is_success,
            "recovered": episode.has_recovered,
            **_annotation(episode, self._rate_hz),
            **{f"note/{name}": text for name, text in episode.notes.items()},
        }
        vectors = {k: v for k, v in _vectors_of(episode).items() if k in self._features}
        own = {key: statistics.of_numbers(values) for key, values in vectors.items()}
        row |= self._write_pictures(episode, own) | statistics.flattened(own)
        if episode.events:
            path = self._partial / EVENTS / f"{number:06d}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(line + "\n" for line in episode.events), encoding="utf-8")
        table = self._frames(episode, number, task)
        # One step: an interrupt leaves no row without frames. Further pictures do no harm.
        self._episodes.append(_Written(row, table, vectors))

    def _write_pictures(self, episode: Episode, own: dict[str, Any]) -> dict[str, Any]:
        """Write the pictures; return their places in the video files, in columns of the row."""
        row: dict[str, Any] = {}
        for name, size in self._cameras.items():
            video = self._videos.get(name)
            if video is not None and video.megabytes > VIDEO_MB:
                video.close()
                self._video_files[name] += 1
                video = None
            if video is None:
                path = self._partial / VIDEO_PATH.format(
                    video_key=camera_key(name), chunk_index=0, file_index=self._video_files[name]
                )
                video = self._videos[name] = VideoWriter(path, self._rate_hz, size)
            place = f"videos/{camera_key(name)}"
            row[f"{place}/chunk_index"] = 0
            row[f"{place}/file_index"] = self._video_files[name]
            row[f"{place}/from_timestamp"] = video.frames_n / self._rate_hz
            row[f"{place}/to_timestamp"] = (video.frames_n + episode.length) / self._rate_hz
        counted = statistics.counted_frames(episode.length)
        seen: dict[str, list[FloatArray]] = {name: [] for name in self._cameras}
        frames_n = 0
        if self._cameras:
            for frames_n, pictures in enumerate(episode.pictures(), start=1):
                for name, video in self._videos.items():
                    video.add(pictures[name])
                    if frames_n - 1 in counted:
                        seen[name].append(statistics.sampled(pictures[name]))
            if frames_n != episode.length:
                message = f"an episode of {episode.length} frames has {frames_n} pictures"
                raise InputError.of("wrong-episode", message, hint="give one picture a frame")
        for name, pixels in seen.items():
            together = np.concatenate(pixels)
            self._pixels[name].append(together)
            own[camera_key(name)] = statistics.of_pixels(together, len(pixels))
        return row

    def _frames(self, episode: Episode, number: int, task: int) -> pa.Table:
        """Return the episode's rows of the data."""
        count = episode.length
        frames = np.arange(count)
        at = [episode.segment_at(frame) for frame in range(count)]
        is_aided = np.zeros(count, dtype=bool)
        for first, end in episode.interventions:
            is_aided[first:end] = True
        is_last = frames == count - 1
        words = [one.words if one else "" for one in at]
        columns = {
            **{
                key: _as_lists(values)
                for key, values in _vectors_of(episode).items()
                if key in self._features
            },
            "timestamp": pa.array((frames / self._rate_hz).astype(np.float32)),
            "frame_index": pa.array(frames),
            "episode_index": pa.array(np.full(count, number)),
            "index": pa.array(self.frames_n + frames),
            "task_index": pa.array(np.full(count, task)),
            "subtask_index": pa.array(
                [self._subtasks.setdefault(text, len(self._subtasks)) for text in words]
            ),
            "attempt_succeeded": pa.array(
                [one.ending == "success" if one else False for one in at]
            ),
            "intervention": pa.array(is_aided),
            "next.reward": pa.array((is_last & episode.is_success).astype(np.float32)),
            "next.done": pa.array(is_last),
            "next.success": pa.array(is_last & episode.is_success),
        }
        return pa.table(columns)

    def _write_data(self) -> list[dict[str, Any]]:
        """Write the frames of all episodes; return their rows, with the place of the frames."""
        rows, writer, number = [], None, 0
        for one in self._episodes:
            path = self._partial / DATA_PATH.format(chunk_index=0, file_index=number)
            if writer is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                writer = parquet.ParquetWriter(path, one.frames.schema, compression="snappy")
            writer.write_table(one.frames)
            rows.append({**one.row, "data/chunk_index": 0, "data/file_index": number})
            if path.stat().st_size > DATA_MB * 1e6:
                writer.close()
                writer, number = None, number + 1
        if writer is not None:
            writer.close()
        return rows

    def _close_videos(self) -> None:
        for video in self._videos.values():
            video.close()
        self._videos.clear()

    def _write_meta(self, rows: list[dict[str, Any]]) -> None:
        info = Info(
            codebase_version=VERSION,
            robot_type=self._robot,
            total_episodes=len(rows),
            total_frames=self.frames_n,
            total_tasks=len(self._tasks),
            fps=self._rate_hz,
            splits={"train": f"0:{len(rows)}"},
            video_path=VIDEO_PATH if self._cameras else None,
            robot=self._spec.model_dump(mode="json"),
            features=self._features,
        )
        whole: dict[str, Any] = {
            key: statistics.of_numbers(np.concatenate([one.vectors[key] for one in self._episodes]))
            for key in self._episodes[0].vectors
        }
        for name, parts in self._pixels.items():
            counted_n = sum(row[f"stats/{camera_key(name)}/count"][0] for row in rows)
            whole[camera_key(name)] = statistics.of_pixels(np.concatenate(parts), counted_n)
        (self._partial / EPISODES).parent.mkdir(parents=True, exist_ok=True)
        _write_json(self._partial / INFO, info.model_dump(mode="json"))
        _write_json(self._partial / STATISTICS, whole)
        _write_names(self._partial / TASKS, self._tasks, "task")
        _write_names(self._partial / SUBTASKS, self._subtasks, "subtask")
        parquet.write_table(pa.Table.from_pylist(_filled(rows)), self._partial / EPISODES)


def _new_folder(folder: Path) -> Path:
    partial = folder.with_name(folder.name + PARTIAL)
    if folder.exists():
        raise InputError.of("wrong-dataset", f"'{folder}' exists", hint="give another --out")
    if partial.exists():
        hint = f"delete it: rm -r '{partial}'"
        message = f"'{partial}' is what an interrupted recording left, and no whole dataset"
        raise InputError.of("wrong-dataset", message, hint=hint)
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return partial


def _features(
    state: Sequence[str],
    spec: EmbodimentSpec,
    cameras: Mapping[str, tuple[int, int]],
    rate_hz: float,
    *,
    has_hand: bool,
) -> dict[str, Feature]:
    features = {
        STATE: Feature(dtype="float32", shape=(len(state),), names=list(state)),
        ACTION: Feature(dtype="float32", shape=(spec.action.size,), names=list(spec.action.labels)),
    }
    if has_hand:
        features[HAND_VELOCITY] = Feature(dtype="float32", shape=(6,), names=list(HAND_NAMES))
    for name, size in cameras.items():
        features[camera_key(name)] = Feature(
            dtype="video",
            shape=(*size, 3),
            names=["height", "width", "channels"],
            info={
                "video.height": size[0],
                "video.width": size[1],
                "video.channels": 3,
                "video.codec": "h264",
                "video.pix_fmt": "yuv420p",
                "video.fps": rate_hz,
                "video.is_depth_map": False,
                "has_audio": False,
            },
        )
    return {**features, **BOOKKEEPING, **OUTCOMES}


def _annotation(episode: Episode, rate_hz: float) -> dict[str, Any]:
    """Return the columns of a row that say what was done: SARM's names for the subtasks."""
    segments = episode.segments
    return {
        "sparse_subtask_names": [one.words for one in segments],
        "sparse_subtask_start_frames": [one.first for one in segments],
        "sparse_subtask_end_frames": [max(one.end - 1, one.first) for one in segments],
        "sparse_subtask_start_times": [one.first / rate_hz for one in segments],
        "sparse_subtask_end_times": [one.end / rate_hz for one in segments],
        "subtask_calls": [one.call for one in segments],
        "subtask_attempts": [one.attempt for one in segments],
        "subtask_endings": [one.ending for one in segments],
        "subtask_codes": [one.code or "" for one in segments],
    }


def _vectors_of(episode: Episode) -> dict[str, FloatArray]:
    found = {STATE: episode.state, ACTION: episode.action}
    if episode.hand_velocity is not None:
        found[HAND_VELOCITY] = episode.hand_velocity
    return found


def _as_lists(values: FloatArray) -> pa.Array:
    flat = pa.array(np.ascontiguousarray(values, dtype=np.float32).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])


def _filled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with the same columns in each."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name) for name in names} for row in rows]


def _write_json(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=4) + "\n", encoding="utf-8")


def _write_names(path: Path, numbers: Mapping[str, int], column: str) -> None:
    """Write names with their numbers, with the metadata by which pandas takes them as the index."""
    names = list(numbers)
    table = pa.table({f"{column}_index": list(numbers.values()), "__index_level_0__": names})
    described = {
        "index_columns": ["__index_level_0__"],
        "column_indexes": [],
        "columns": [
            _pandas_column(f"{column}_index", f"{column}_index", "int64"),
            _pandas_column(None, "__index_level_0__", "unicode"),
        ],
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.2.0",
    }
    metadata = {b"pandas": json.dumps(described).encode()}
    parquet.write_table(table.replace_schema_metadata(metadata), path)


def _pandas_column(name: str | None, field: str, kind: str) -> dict[str, Any]:
    numpy_type = "int64" if kind == "int64" else "object"
    return {
        "name": name,
        "field_name": field,
        "pandas_type": kind,
        "numpy_type": numpy_type,
        "metadata": None,
    }


def _unwritable(folder: Path, error: OSError) -> StorageError:
    hint = "free some space, or give another --out; nothing of it was kept"
    return StorageError("unwritable-file", f"cannot write '{folder}': {error}", hint)
