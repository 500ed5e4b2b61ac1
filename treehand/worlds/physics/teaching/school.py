"""Choice of the lesson for a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from treehand.skills.domain import Call
from treehand.worlds.physics.robot import PhysicsRobot
from treehand.worlds.physics.teaching.handle_lessons import HandleLesson
from treehand.worlds.physics.teaching.lessons import SkillLesson
from treehand.worlds.physics.teaching.pick_lessons import PickLesson
from treehand.worlds.physics.teaching.place_lessons import PlaceLesson

Making = Callable[..., SkillLesson]


_LESSONS: Mapping[str, Making] = {
    "pick": PickLesson,
    "put_on": PlaceLesson,
    "put_in": PlaceLesson,
    "throw_away": PlaceLesson,
    "open": partial(HandleLesson, is_to_open=True),
    "close": partial(HandleLesson, is_to_open=False),
}
TAUGHT = tuple(_LESSONS)
"""Names of the skills that are taught."""


def lesson_for(
    robot: PhysicsRobot, random: np.random.Generator, call: Call, *, varies: bool = True
) -> SkillLesson:
    """Return the lesson for a call; the kitchen is varied for it, or stays as it is.

    Raises:
        ValueError: If the skill is not taught, or the call is impossible in this kitchen.
    """
    if call.name not in _LESSONS:
        raise ValueError(f"nobody teaches '{call.name}' here")
    return _LESSONS[call.name](robot, random, *call.arguments, varies=varies)
