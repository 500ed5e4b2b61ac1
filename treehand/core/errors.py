"""Errors and findings, with positions and hints.

    TreehandError
    ├── InputError      a file, argument or goal of a person is invalid; has findings; exit code 2
    ├── ContractError   a plug-in violated its protocol, such as a skill with a wrong result
    ├── StorageError    a journal or workspace cannot be written or read
    ├── CommandRefused  a skill commanded the robot after a stop, its halt or its end
    ├── NotAtRest       a robot does not confirm that it is at rest
    ├── ModelError      a language model cannot be reached, or its answer cannot be used
    ├── MissingExtra    an optional dependency is not installed
    └── RobotError      a robot was asked for something out of order
        ├── RobotClosed      anything, after `close`
        ├── WrongApproval    a run with an approval that this robot did not give for this plan
        ├── StillStopped     a re-arming that left stops in force which nobody was shown
        └── ListenerError    an event listener raised; the run itself went on to its end

A *finding* is what a checker reports; an *error* is an exception; a *failure*
(``treehand.skills.FailureCode``) is an outcome of a skill and never raised.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Literal

from treehand.core.exit_codes import ExitCode
from treehand.core.spans import Span

LONGEST_WORD = 400
"""Most characters of a word that a finding repeats in full."""
_KEPT = 60
"""Characters that are kept at both ends of a longer one."""
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


@dataclass(frozen=True)
class Finding:
    """One result of a checker, in the message format of the whole project."""

    code: str
    """Stable kebab-case code, listed in docs/reference/findings.md."""
    message: str
    """Description of the problem, with the subject in 'quotes'."""
    span: Span | None = None
    """Position; None if the subject has no file."""
    hint: str | None = None
    """The closest name, the known names, or the edit that fixes it."""
    severity: Literal["error", "warning"] = "error"
    """A warning does not prevent a run."""
    subject: str = ""
    """The name that the finding is about, where it is one name."""

    def __post_init__(self) -> None:
        """Cut words that are longer than anybody reads."""
        for field in ("message", "hint"):
            text = getattr(self, field)
            if text is not None and len(text) > LONGEST_WORD:
                object.__setattr__(self, field, _LONG_WORD.sub(_cut, text))

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.code}: {self.message}{hint}"


def _cut(found: re.Match[str]) -> str:
    return f"{found[0][:_KEPT]}…{found[0][-_KEPT:]}"


def in_line_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings sorted by file, line and column; those without a position come first."""
    return sorted(findings, key=lambda finding: finding.span or Span("", 0, 0))


class TreehandError(Exception):
    """Root of all errors that this package raises on purpose."""

    exit_code = ExitCode.ERROR


class InputError(TreehandError):
    """Raised for invalid input, with all findings at once."""

    exit_code = ExitCode.USAGE

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__("\n".join(map(str, self.findings)))

    @classmethod
    def of(
        cls, code: str, message: str, *, span: Span | None = None, hint: str | None = None
    ) -> InputError:
        """Return an error with a single finding."""
        return cls([Finding(code, message, span, hint)])


class ContractError(TreehandError):
    """Raised if a plug-in violates its protocol.

    Args:
        message: What is wrong.
        code_of: Code of the function that violates it; None if that is where this was raised.
        line: Line of that function, if it is known which one.
    """

    def __init__(
        self, message: str, code_of: CodeType | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.code_of = code_of
        self.line = line


class StorageError(TreehandError):
    """Raised if a workspace or journal cannot be used.

    Args:
        code: Stable kebab-case code.
        message: What is wrong.
        hint: What to do about it.
        exit_code: Exit code of a command that ends with it.
    """

    def __init__(
        self, code: str, message: str, hint: str, *, exit_code: ExitCode = ExitCode.ERROR
    ) -> None:
        self.finding = Finding(code, message, hint=hint)
        self.exit_code = exit_code
        super().__init__(str(self.finding))


class CommandRefused(TreehandError):
    """Raised in a skill that commands the robot after a stop, its halt or its end.

    Args:
        command: Command that was not sent, as ``apply`` or ``arm.move_to``.
        skill: Name of the activation.
        reason: Reason, in words.
    """

    def __init__(self, command: str, skill: str, reason: str) -> None:
        super().__init__(
            f"command-refused: '{command}' of {skill} was not sent: {reason}\n"
            "  hint: end here; only the robot's stop() still passes"
        )


class NotAtRest(TreehandError):
    """Raised if a robot does not confirm that it is at rest.

    Args:
        message: What is wrong.
    """

    exit_code = ExitCode.NOT_AT_REST

    def __init__(self, message: str) -> None:
        super().__init__(f"not-at-rest: {message}\n  hint: look at it before anything else")


class ModelError(TreehandError):
    """Raised if a language model cannot be reached, has no usable answer or no budget left.

    Args:
        code: Stable kebab-case code.
        message: Description of the problem.
        hint: Edit or command that helps.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        self.finding = Finding(code, message, hint=hint)
        self.tokens: tuple[int | None, int | None] = (None, None)
        """Tokens read and written before the error, if the endpoint counted them."""
        super().__init__(str(self.finding))

    def hinting(self, more: str) -> ModelError:
        """Return the same error with a further hint."""
        finding = self.finding
        return ModelError(finding.code, finding.message, f"{finding.hint}; {more}")


class MissingExtra(TreehandError):
    """Raised if an optional dependency is not installed."""

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"missing-extra: {what} is not installed\n"
            f"  hint: pip install 'treehand[{extra}]'; in a clone: pip install '.[{extra}]'"
        )


class RobotError(TreehandError):
    """A robot that was asked for something out of order.

    Args:
        code: Stable kebab-case code.
        message: What is wrong.
        hint: What to do about it.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        self.finding = Finding(code, message, hint=hint)
        super().__init__(str(self.finding))


class RobotClosed(RobotError):
    """A robot that was used after `close`."""

    def __init__(self) -> None:
        super().__init__("robot-closed", "this robot was closed", "open another one")


class WrongApproval(RobotError):
    """A run with an approval that this robot did not give for this plan."""

    def __init__(self, message: str) -> None:
        super().__init__("wrong-approval", message, "approve the plan that is to run, once a run")


class StillStopped(RobotError):
    """A re-arming that lifted the stops that were shown, and left others in force.

    Args:
        stops: The stops in force, in words.
    """

    def __init__(self, stops: Iterable[str]) -> None:
        super().__init__("still-stopped", "; ".join(stops), "show them to a person, then re-arm")


class ListenerError(RobotError):
    """An event listener raised; the listener was removed, and the run went on to its end.

    Args:
        listener: Name of the listener.
        event: Kind of the event.
        problem: The exception, with its place.

    Attributes:
        result: How the run ended; None if the listener failed outside of a run.
    """

    def __init__(self, listener: str, event: str, problem: str = "") -> None:
        self.result: object | None = None
        message = f"listener '{listener}' raised at event '{event}'"
        super().__init__(
            "listener-error",
            f"{message}: {problem}" if problem else message,
            "see the exception that this one was raised from",
        )


MAX_COMPARED = 300
"""Most known names, and longest unknown one, that are compared by spelling: it takes long."""
SHORT = 4
"""Length up to which a name must be one edit away to be offered: 'wait' does not mean 'with'."""


def _is_one_edit(a: str, b: str) -> bool:
    """Return True if one letter inserted, deleted, replaced or swapped makes `a` of `b`."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    is_swapped = rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:]
    return is_swapped or rest_b[1:] in (rest_a, rest_a[1:]) or rest_a[1:] == rest_b


def close_matches(name: str, known: Iterable[str]) -> Sequence[str]:
    """Return at most three known names that are spelled like an unknown one, the closest first."""
    return difflib.get_close_matches(name, sorted(set(known)), n=3, cutoff=0.6)


def near(name: str, known: Iterable[str], *, what: str = "known names") -> str:
    """Return a hint for an unknown name: close matches if there are any, else all known names.

    Args:
        name: The unknown name.
        known: All names that are accepted.
        what: Description of the known names, for example "known skills".
    """
    names = sorted(set(known))
    is_comparable = len(names) <= MAX_COMPARED and len(name) <= MAX_COMPARED
    close = [
        match
        for match in (close_matches(name, names) if is_comparable else ())
        if len(name) > SHORT or _is_one_edit(name, match)
    ]
    if close:
        return "did you mean " + " or ".join(f"'{match}'" for match in close) + "?"
    if not names:
        kind = what.removeprefix("each ")
        return f"there is no {kind}" if kind != what else f"there are no {what}"
    return f"{what}: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"
