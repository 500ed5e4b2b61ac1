"""Capabilities of an endpoint: how it is asked, learned from what it refuses, and remembered.

The ladder of answer forms, the best first: ``json_schema`` (the server constrains the answer),
``json_object`` (the server guarantees JSON; the schema is in the prompt), ``tool`` (arguments of a
tool call) and ``text`` (the schema is in the prompt). Every answer is checked by us in any case.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

AnswerForm = Literal["json_schema", "json_object", "tool", "text"]
LimitKey = Literal["max_tokens", "max_completion_tokens", "none"]

FORMS: tuple[AnswerForm, ...] = get_args(AnswerForm)
_KEPT_S = 30 * 24 * 3600.0
"""Age at which a profile is forgotten, 30 days: servers are updated."""
_MAX_KEPT = 200


@dataclass(frozen=True)
class EndpointProfile:
    """Form and parameters of requests to one model of one endpoint."""

    form: AnswerForm = "json_schema"
    """Form of the answer."""
    limit_key: LimitKey = "max_completion_tokens"
    """Name of the parameter with the longest answer."""
    counts_stream: bool = True
    """True if `stream_options` asks for the usage of a streamed answer."""
    streams: bool = True
    """True if the answer is asked for as a stream."""
    sends_temperature: bool = True
    """True if a temperature that the settings give is sent."""
    sends_effort: bool = True
    """True if a reasoning effort that the settings give is sent."""
    has_system: bool = True
    """True if rules go in a message of the system; else the first message of the user has them."""

    def after_refusal(self, message: str, fixed: frozenset[str]) -> EndpointProfile | None:
        """Return the next profile after the endpoint has refused a request; None if none is left.

        Args:
            message: The endpoint's words.
            fixed: Fields that the settings decide; they are not changed.
        """
        for pattern, field in _NAMED:
            if pattern.search(message) and field not in fixed:
                changed = self._changed(field, message)
                if changed is not None:
                    return changed
        for field in ("form", "limit_key", "counts_stream"):
            changed = self._changed(field, message) if field not in fixed else None
            if changed is not None:
                return changed
        return None

    def _changed(self, field: str, message: str) -> EndpointProfile | None:
        if field == "form":
            rest = FORMS[FORMS.index(self.form) + 1 :]
            return replace(self, form=rest[0]) if rest else None
        if field == "limit_key":
            following: Mapping[str, LimitKey] = {
                "max_completion_tokens": "max_tokens",
                "max_tokens": "max_completion_tokens" if "completion" in message else "none",
            }
            key = following.get(self.limit_key)
            return replace(self, limit_key=key) if key else None
        if not getattr(self, field):
            return None
        off: dict[str, Any] = {field: False}
        return replace(self, **off)


FORM_REFUSED = re.compile(
    r"response_?format|json|schema|grammar|structured|strict|tool|function", re.IGNORECASE
)
"""Words in a refusal of an answer's form."""
_NAMED: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"system.{0,3} (role|message|prompt)|role.{0,20}system|roles must", re.I),
        "has_system",
    ),
    (re.compile(r"max_(completion_)?tokens"), "limit_key"),
    (re.compile(r"stream_options|include_usage"), "counts_stream"),
    (re.compile(r"\bstream(ing)?\b", re.IGNORECASE), "streams"),
    (re.compile(r"temperature"), "sends_temperature"),
    (re.compile(r"reasoning|effort|thinking", re.IGNORECASE), "sends_effort"),
    (FORM_REFUSED, "form"),
)
"""Words in a refusal, and the field that they are about; the first that can change, does."""


class ProfileStore:
    """File with the profiles of endpoints; a file that cannot be read or written is ignored.

    Args:
        path: The file; made with the first profile, mode 0600.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of_user(cls) -> ProfileStore:
        """Return the store in `TREEHAND_HOME`, else in the user's cache folder."""
        home = os.environ.get("TREEHAND_HOME") or platformdirs.user_cache_dir("treehand", False)
        return cls(Path(home) / "endpoints.json")

    def get(self, address: str, model: str) -> EndpointProfile | None:
        """Return the profile of a model of an endpoint; None if it is unknown or too old."""
        entry = self._entries().get(_key(address, model))
        if not isinstance(entry, dict) or not _is_fresh(entry.get("at_s")):
            return None
        entry = {key: value for key, value in entry.items() if key != "at_s"}
        known = asdict(EndpointProfile())
        if entry.keys() != known.keys() or entry["form"] not in FORMS:
            return None
        if entry["limit_key"] not in get_args(LimitKey):
            return None
        return EndpointProfile(**entry)

    def put(self, address: str, model: str, profile: EndpointProfile) -> None:
        """Keep what was learned; nothing happens if the file cannot be written."""
        entries = {k: e for k, e in self._entries().items() if _is_fresh(e.get("at_s"))}
        entries.pop(_key(address, model), None)
        entries = dict(list(entries.items())[-(_MAX_KEPT - 1) :])
        entries[_key(address, model)] = asdict(profile) | {"at_s": time.time()}
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(dir=self._path.parent, prefix=".endpoints")  # 0600
            try:
                with os.fdopen(number, "w", encoding="utf-8") as file:
                    json.dump(entries, file, indent=1)
                Path(name).replace(self._path)
            except OSError:
                Path(name).unlink(missing_ok=True)

    def _entries(self) -> dict[str, dict[str, Any]]:
        try:
            data = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(data, dict):
            return {}
        return {key: entry for key, entry in data.items() if isinstance(entry, dict)}


def _key(address: str, model: str) -> str:
    return f"{address} {model}"


def _is_fresh(at_s: Any) -> bool:
    return isinstance(at_s, int | float) and 0 <= time.time() - at_s < _KEPT_S
