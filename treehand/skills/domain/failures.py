"""Failure codes: a closed set, because recovery is chosen by code."""

from __future__ import annotations

from enum import StrEnum


class FailureCode(StrEnum):
    """Reason of a failure; `meaning` explains it in one line."""

    GRASP_DROPPED = "grasp-dropped"
    GRASP_MISSED = "grasp-missed"
    OBJECT_NOT_FOUND = "object-not-found"
    OBJECT_MOVED = "object-moved"
    OBJECT_BROKEN = "object-broken"
    OUT_OF_REACH = "out-of-reach"
    PATH_BLOCKED = "path-blocked"
    CONTAINER_CLOSED = "container-closed"
    CONTAINER_FULL = "container-full"
    UNSUPPORTED = "unsupported"
    DOOR_JAMMED = "door-jammed"
    UNSAFE_FORCE = "unsafe-force"
    TIMEOUT = "timeout"
    POLICY_UNREACHABLE = "policy-unreachable"
    POLICY_STALE = "policy-stale"
    POLICY_TOO_SLOW = "policy-too-slow"
    POLICY_FAILED = "policy-failed"
    POLICY_INVALID = "policy-invalid"
    POLICY_MISMATCH = "policy-mismatch"
    SENSOR_STALE = "sensor-stale"
    ROBOT_UNREACHABLE = "robot-unreachable"
    STALLED = "stalled"
    CONDITION_FALSE = "condition-false"
    PRECONDITION_FALSE = "precondition-false"
    EFFECT_MISSING = "effect-missing"
    WRONG_EFFECT = "wrong-effect"
    NO_PROGRESS = "no-progress"
    REFUSED = "refused"
    NOT_ANSWERED = "not-answered"
    HALTED = "halted"
    SKILL_ERROR = "skill-error"

    @property
    def meaning(self) -> str:
        """Explanation of the code, in one line."""
        return _MEANINGS[self]


POLICY_TROUBLE = frozenset(
    {
        FailureCode.POLICY_UNREACHABLE,
        FailureCode.POLICY_STALE,
        FailureCode.POLICY_TOO_SLOW,
        FailureCode.POLICY_FAILED,
        FailureCode.POLICY_INVALID,
        FailureCode.POLICY_MISMATCH,
        FailureCode.SENSOR_STALE,
    }
)
"""Failures of a policy or its sensors; an alternative to the policy may still succeed."""

ANY_SKILL = frozenset(
    {
        FailureCode.TIMEOUT,
        FailureCode.PRECONDITION_FALSE,
        FailureCode.OBJECT_NOT_FOUND,
        FailureCode.OBJECT_MOVED,
        FailureCode.STALLED,
        FailureCode.ROBOT_UNREACHABLE,
        FailureCode.WRONG_EFFECT,
        *POLICY_TROUBLE,
    }
)
"""Failures that every skill may report without declaring them."""

_MEANINGS = {
    FailureCode.GRASP_DROPPED: "the object slipped out of the gripper after it had been held",
    FailureCode.GRASP_MISSED: "the gripper closed on nothing",
    FailureCode.OBJECT_NOT_FOUND: "the object was not seen where it was looked for",
    FailureCode.OBJECT_MOVED: "the object was not where it had been believed to be",
    FailureCode.OBJECT_BROKEN: "the object is broken",
    FailureCode.OUT_OF_REACH: "the target is outside the robot's reach or limits",
    FailureCode.PATH_BLOCKED: "something stands in the way",
    FailureCode.CONTAINER_CLOSED: "the container is closed",
    FailureCode.CONTAINER_FULL: "there is no room left",
    FailureCode.UNSUPPORTED: "the robot can never do this with these objects",
    FailureCode.DOOR_JAMMED: "the door does not move",
    FailureCode.UNSAFE_FORCE: "the task needs more force than is allowed",
    FailureCode.TIMEOUT: "the step took longer than its time limit",
    FailureCode.POLICY_UNREACHABLE: "the policy server does not answer",
    FailureCode.POLICY_STALE: "the policy's last answer is too old to act on",
    FailureCode.POLICY_TOO_SLOW: "each answer of the policy takes longer than its actions last",
    FailureCode.POLICY_FAILED: "the policy reports an error of its own",
    FailureCode.POLICY_INVALID: "the policy's answer must not be sent to the robot",
    FailureCode.POLICY_MISMATCH: "the policy is not the one that the deployment describes",
    FailureCode.SENSOR_STALE: "a camera or another sensor gives nothing new",
    FailureCode.ROBOT_UNREACHABLE: "the robot was lost on the way, or does not offer it",
    FailureCode.STALLED: "for a while nothing moved and no fact changed",
    FailureCode.CONDITION_FALSE: "a condition of the tree is not known to be true",
    FailureCode.PRECONDITION_FALSE: "what the skill needs before its first step is false",
    FailureCode.EFFECT_MISSING: "the skill said success, but its effect was not observed",
    FailureCode.WRONG_EFFECT: "the skill took or reached another object or place than asked",
    FailureCode.NO_PROGRESS: "the steps undo each other and never come to an end",
    FailureCode.REFUSED: "a person said no",
    FailureCode.NOT_ANSWERED: "a person was asked and did not answer in time",
    FailureCode.HALTED: "the step was halted from above",
    FailureCode.SKILL_ERROR: "an exception was raised inside the skill",
}
