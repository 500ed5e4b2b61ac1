"""Annotation of an episode from the events of its run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from treehand.core.events import (
    BaseEvent,
    Held,
    Planned,
    ResumedFromHold,
    SkillEnded,
    SkillStarted,
    WorldSampled,
)
from treehand.learning.datasets.episode import Episode, Segment
from treehand.learning.demonstrations.recorder import MotionRecorder
from treehand.skills.domain import Call, Domain


def in_words(call: Call, domain: Domain) -> str:
    """Return a call as an instruction, as its skill says it: ``pick up the red mug``.

    A skill that says nothing is named: ``pick red mug``.
    """
    arguments = [one.replace("_", " ") for one in call.arguments]
    model = domain.skills.get(call.name)
    if model is not None and model.say:
        return model.say.format(**dict(zip(model.params, arguments, strict=True)))
    return " ".join((call.name.replace("_", " "), *arguments))


def episode_of(
    events: Sequence[BaseEvent],
    recorder: MotionRecorder,
    domain: Domain,
    *,
    task: str,
    outcome: str,
    is_success: bool,
    notes: Mapping[str, str],
) -> Episode | None:
    """Return the episode of a recorded run; None if nothing moved.

    Args:
        events: Events of the run.
        recorder: Has its motion.
        domain: Says the skills in words.
        task: The goal in words.
        outcome: Outcome of the run.
        is_success: True if the goal was true at the end, by evidence.
        notes: More about it, such as its seed.
    """
    if not any(isinstance(event, SkillStarted) for event in events) or not recorder.frames:
        return None
    plans = [event.tree for event in events if isinstance(event, Planned)]
    samples = [event.sample for event in events if isinstance(event, WorldSampled)]
    return Episode(
        task=task,
        state=recorder.states(),
        action=recorder.actions(),
        hand_velocity=recorder.hand_velocities(),
        pictures=recorder.pictures,
        is_success=is_success,
        segments=segments_of(events, recorder.frame_at, domain),
        interventions=interventions_of(events, recorder.frame_at),
        notes={
            **notes,
            "outcome": outcome,
            "plan": plans[0] if plans else "",
            "sample": samples[0] if samples else "",
        },
        events=tuple(event.model_dump_json() for event in events),
    )


def segments_of(
    events: Iterable[BaseEvent], frame_at: Callable[[float], int], domain: Domain
) -> tuple[Segment, ...]:
    """Return the segments of an episode, one for each activation of a skill, in order.

    An attempt counts as a success only if its effects were observed: the event of its end says so.

    Args:
        events: Events of the run.
        frame_at: Gives the number of the first frame at or after a run time.
        domain: Says the skills in words.
    """
    return tuple(one for one in _segments(events, frame_at, domain) if one.end > one.first)


def _segments(
    events: Iterable[BaseEvent], frame_at: Callable[[float], int], domain: Domain
) -> Iterator[Segment]:
    begun: dict[tuple[str, Call, int], float] = {}
    for event in events:
        if isinstance(event, SkillStarted):
            begun[event.path, event.call, event.attempt] = event.t_s
        elif isinstance(event, SkillEnded):
            start_s = begun.pop((event.path, event.call, event.attempt), event.t_s)
            yield Segment(
                words=in_words(event.call, domain),
                call=str(event.call),
                attempt=event.attempt,
                first=frame_at(start_s),
                end=frame_at(event.t_s),
                ending=event.result,
                code=event.code,
            )


def interventions_of(
    events: Iterable[BaseEvent], frame_at: Callable[[float], int]
) -> tuple[tuple[int, int], ...]:
    """Return the ranges of frames in which a person held the run."""
    ranges, since_s = [], None
    for event in events:
        if isinstance(event, Held):
            since_s = event.t_s
        elif isinstance(event, ResumedFromHold) and since_s is not None:
            ranges.append((frame_at(since_s), frame_at(event.t_s)))
            since_s = None
    return tuple(ranges)
