"""Findings and errors: what is wrong, where, and what to do about it.

    TreehandError
    ├── InputError      a file, argument or goal that somebody wrote; carries findings; exit code 2
    ├── ContractError   a plug-in broke its protocol: a skill returned nonsense
    ├── StorageError    a journal or workspace that cannot be written or read
    ├── ModelError      a language model that cannot be reached, or answers nothing usable
    └── MissingExtra    an optional dependency is not installed

A *finding* is what a checker reports; an *error* is an exception; a *failure*
(``treehand.skills.FailureCode``) is an outcome of a skill and never raised.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from treehand.core.spans import Span


@dataclass(frozen=True)
class Finding:
    """One thing that a checker found, in the message format of the whole project."""

    code: str
    """Stable kebab-case code, listed in docs/reference/findings.md."""
    message: str
    """What is wrong, the thing itself in 'quotes'."""
    span: Span | None = None
    """Where; None when the subject has no file."""
    hint: str | None = None
    """The closest name, the known names, or the edit that fixes it."""
    severity: Literal["error", "warning"] = "error"
    """A warning is worth a look, but does not keep anything from running."""

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.code}: {self.message}{hint}"


def in_line_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings sorted by file, line and column; those without a position come first."""
    return sorted(findings, key=lambda finding: finding.span or Span("", 0, 0))


class TreehandError(Exception):
    """Root of everything this package raises on purpose."""

    exit_code = 3


class InputError(TreehandError):
    """Input that cannot be used, with every finding at once."""

    exit_code = 2

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
    """A plug-in that broke its protocol."""


class StorageError(TreehandError):
    """A workspace or journal that cannot be used."""

    exit_code = 2

    def __init__(self, code: str, message: str, hint: str) -> None:
        self.finding = Finding(code, message, hint=hint)
        super().__init__(str(self.finding))


class ModelError(TreehandError):
    """A language model that cannot be reached, answers nothing usable, or has spent its budget.

    Args:
        code: Stable kebab-case code.
        message: What is wrong.
        hint: What to do about it.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        self.finding = Finding(code, message, hint=hint)
        self.tokens: tuple[int | None, int | None] = (None, None)
        """What was read and written all the same, where the endpoint counted."""
        super().__init__(str(self.finding))

    def hinting(self, more: str) -> ModelError:
        """Return the same error with one more way out."""
        finding = self.finding
        return ModelError(finding.code, finding.message, f"{finding.hint}; {more}")


class MissingExtra(TreehandError):
    """An optional dependency that is not installed."""

    exit_code = 2

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"missing-extra: {what} is not installed\n  hint: pip install 'treehand[{extra}]'"
        )


def near(name: str, known: Iterable[str], *, what: str = "known names") -> str:
    """Return a hint for an unknown name: the close matches if there are any, else what is known.

    Args:
        name: The name that was not found.
        known: Every name that would have been accepted.
        what: What the listed names are, for example "known skills".
    """
    names = sorted(set(known))
    close: Sequence[str] = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f"'{match}'" for match in close) + "?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"{what}: {shown}" if names else f"there are no {what}"
