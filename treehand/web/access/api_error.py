"""Errors of the API: a status, a stable code, what is wrong, and what to do about it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from treehand.core.errors import (
    Finding,
    InputError,
    MissingExtra,
    ModelError,
    NotAtRest,
    RobotError,
    StillStopped,
    StorageError,
    TreehandError,
)

NOT_FOUND = frozenset({"unknown-run", "unknown-file", "unknown-plan", "unknown-question"})
"""Codes of findings about something that does not exist."""


class ErrorReport(BaseModel):
    """Body of every answer that is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    code: str
    """Stable kebab-case code."""
    message: str
    """Description of the problem."""
    hint: str = ""
    """Remedy; empty if there is none."""
    findings: tuple[str, ...] = ()
    """Every finding as one text, where there are several."""


class ApiError(TreehandError):
    """Raised if a request cannot be served; it becomes the answer.

    Args:
        status: HTTP status, 400..599.
        code: Stable kebab-case code.
        message: Description of the problem.
        hint: What to do about it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        hint: str = "",
        *,
        findings: tuple[str, ...] = (),
    ) -> None:
        self.status = status
        self.report = ErrorReport(code=code, message=message, hint=hint, findings=findings)
        super().__init__(f"{code}: {message}" + (f"\n  hint: {hint}" if hint else ""))


def api_error(error: TreehandError) -> ApiError:
    """Return an error of this package as the answer to a request."""
    match error:
        case ApiError():
            return error
        case InputError():
            first = error.findings[0]
            status = 404 if first.code in NOT_FOUND else 422
            found = tuple(map(str, error.findings)) if len(error.findings) > 1 else ()
            return _of(status, first, found)
        case StorageError():
            status = 409 if error.finding.code in ("in-use", "stopped", "older-journal") else 500
            return _of(status, error.finding)
        case StillStopped() | RobotError():
            return _of(409, error.finding)
        case NotAtRest():
            message = str(error).partition("\n")[0].removeprefix("not-at-rest: ")
            return ApiError(409, "not-at-rest", message, "look at it before anything else")
        case ModelError():
            return _of(502, error.finding)
        case MissingExtra():
            return ApiError(501, "missing-extra", str(error).partition("\n")[0])
    return ApiError(500, "internal-error", str(error))


def _of(status: int, finding: Finding, findings: tuple[str, ...] = ()) -> ApiError:
    return ApiError(status, finding.code, finding.message, finding.hint or "", findings=findings)
