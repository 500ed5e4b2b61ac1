"""One episode before it is written: its frames, its pictures, and what was done in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from treehand.skills import ByteArray, FloatArray

Ending = Literal["success", "failure", "halted"]


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames in which one skill ran."""

    words: str
    """Its action in words: ``pick up the red mug``."""
    call: str
    """Its call: ``pick(red_mug)``."""
    attempt: int
    """Number of the attempt, from 1."""
    first: int
    """Number of its first frame."""
    end: int
    """Number of the frame after its last one."""
    ending: Ending
    code: str | None = None
    """Failure code, where it failed."""


@dataclass(frozen=True)
class Episode:
    """One episode of n frames."""

    task: str
    """The goal in words."""
    state: FloatArray
    """Proprioception, shape (n, state_n)."""
    action: FloatArray
    """Mean command from each frame to the next one, shape (n, action_n)."""
    hand_velocity: FloatArray | None
    """Velocity of the hand in its own frame to which the action leads, shape (n, 6), in m/s and
    rad/s; None if the robot does not know its kinematics."""
    pictures: Callable[[], Iterator[Mapping[str, ByteArray]]]
    """Gives the pictures of every frame, by camera, each of shape (height, width, 3)."""
    is_success: bool
    """True if the goal was true at the end, by evidence."""
    segments: tuple[Segment, ...] = ()
    interventions: tuple[tuple[int, int], ...] = ()
    """Ranges of frames, first and end, in which a person took part."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """More about the episode, for its row: seed, sample, plan."""
    events: tuple[str, ...] = ()
    """Events of its run, each as one line of JSON."""

    @property
    def length(self) -> int:
        """Number of frames."""
        return len(self.state)

    @property
    def has_recovered(self) -> bool:
        """True if it succeeded although an attempt in it did not."""
        return self.is_success and any(one.ending == "failure" for one in self.segments)

    def segment_at(self, frame: int) -> Segment | None:
        """Return the segment of a frame; None between two segments."""
        for one in self.segments:
            if one.first <= frame < one.end:
                return one
        return None
