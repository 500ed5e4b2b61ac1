"""Adapter for Isaac-GR00T servers: msgpack over ZeroMQ, one request and one reply at a time.

Protocol: NVIDIA/Isaac-GR00T, gr00t/policy/server_client.py. Two array encodings use the same port
and endpoints; the marker in the server's modality config tells which one it is. A dead server
never answers, so every call has a time limit after which the socket is replaced (Lazy Pirate,
ZeroMQ guide, chapter 4).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import zmq

from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.adapters.arrays import Encoding, WireError, pack, unpack
from treehand.skills.vla.adapters.bounds import answer_bytes, require_listener
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyError,
    PolicyObservation,
    failed,
    invalid,
    unreachable,
)
from treehand.skills.vla.contract.spec import PolicySpec

POLL_MS = 20
"""Period of the check for a cancel during a call."""
MARKERS: Mapping[str, Encoding] = {
    "__ModalityConfig_class__": "npy",
    "__ModalityConfig__": "msgpack_numpy",
}
"""Marker of a modality config to the array encoding of its server."""


class GrootPolicy(Policy):
    """A client of one GR00T server.

    The keys of the `PolicySpec` are those of its modality config: ``front``, ``single_arm``. An
    action is the concatenation of its action keys, in the order of the config.

    Args:
        address: ``tcp://host:port``.
        spec: Inputs and outputs of the policy.
        options: ``token_env``: environment variable with the server's API token.
    """

    capabilities = ("history",)

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        self._address = address
        self._spec = spec
        token = os.environ.get(str(options["token_env"])) if "token_env" in options else None
        self._token = {"api_token": token} if token else {}
        self._trace: dict[str, str] = {}
        self._context: zmq.Context[zmq.Socket[bytes]] | None = None
        self._socket: zmq.Socket[bytes] | None = None
        self._encoding: Encoding = "npy"
        self._action_keys: tuple[str, ...] = ()
        self._language_key = ""
        self._steps: Mapping[str, tuple[int, ...]] = {"video": (0,), "state": (0,)}
        """Periods of the pictures and of the numbers that it takes."""
        self._is_cancelled = False

    def trace(self, traceparent: str | None) -> None:
        """Take the span of the next requests; it goes beside their endpoint and token."""
        self._trace = {} if traceparent is None else {"traceparent": traceparent}

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Request the server's modality config and return it as the declaration."""
        require_listener(self._address, timeout_s)  # ZeroMQ itself waits for one to come
        config = self._call("get_modality_config", None, timeout_s)
        if not isinstance(config, Mapping):
            raise invalid(f"its modality config is {type(config).__name__}, not a mapping")
        parts = {str(name): self._modality(part) for name, part in config.items()}
        missing = [name for name in ("video", "state", "action", "language") if name not in parts]
        if missing:
            raise invalid(f"its modality config has no '{missing[0]}'")
        self._steps = {name: tuple(parts[name]["delta_indices"]) for name in ("video", "state")}
        wanted = sorted({0, *self._steps["video"], *self._steps["state"]})
        missing_steps = [step for step in wanted if step not in self._spec.history]
        if missing_steps:
            detail = f"it looks at periods {wanted} (would fit: wants: {{history: {wanted}}})"
            raise PolicyError(FailureCode.POLICY_MISMATCH, detail)
        self._action_keys = tuple(parts["action"]["modality_keys"])
        self._language_key = next(iter(parts["language"]["modality_keys"]), "")
        return {
            "cameras": list(parts["video"]["modality_keys"]),
            "state": list(parts["state"]["modality_keys"]),
            "action_keys": list(self._action_keys),
            "chunk": len(parts["action"]["delta_indices"]),
            "language": self._language_key,
        }

    def _modality(self, part: object) -> Mapping[str, Any]:
        marker = next((name for name in MARKERS if isinstance(part, dict) and name in part), None)
        if marker is None or not isinstance(part, dict):
            raise invalid("its modality config is of no kind that is known")
        self._encoding = MARKERS[marker]
        fields = part.get("as_json")
        fields = json.loads(fields) if isinstance(fields, str) else fields
        if not isinstance(fields, Mapping) or not {"delta_indices", "modality_keys"} <= {*fields}:
            raise invalid("its modality config lacks 'delta_indices' or 'modality_keys'")
        return fields

    def reset(self, episode: str) -> None:
        """Begin an episode; servers without that endpoint are tolerated."""
        try:
            self._call("reset", {"options": None}, 5.0)
        except PolicyError as error:
            if "Unknown endpoint" not in error.detail:
                raise

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Send the observation and the instruction; return the chunk."""
        by_step = {**observation.earlier, 0: observation}
        videos = [by_step.get(step, observation).images for step in self._steps["video"]]
        states = [by_step.get(step, observation).state for step in self._steps["state"]]
        sent = {
            "video": {key: np.stack([one[key] for one in videos])[None] for key in videos[-1]},
            "state": {
                key: np.stack([one[key] for one in states]).astype(np.float32)[None]
                for key in states[-1]
            },
            "language": {self._language_key: [[instruction]]},
        }
        data = {"observation": sent, "options": None}
        answer = self._call("get_action", data, timeout_s)
        parts = answer[0] if isinstance(answer, Sequence) and answer else answer
        if not isinstance(parts, Mapping):
            raise invalid(f"its answer is {type(parts).__name__}, not actions")
        missing = [key for key in self._action_keys if key not in parts]
        if missing:
            raise invalid(f"its answer has no '{missing[0]}'")
        try:
            columns = [np.asarray(parts[key], dtype=np.float64) for key in self._action_keys]
            return PolicyAnswer(
                np.concatenate([c.reshape(-1, c.shape[-1]) for c in columns], axis=1)
            )
        except (TypeError, ValueError, IndexError) as error:
            raise invalid(f"its actions do not fit together: {error}") from error

    def _call(self, endpoint: str, data: Mapping[str, Any] | None, timeout_s: float) -> Any:
        """Send one request and return its reply; the socket is replaced after a time limit."""
        request: dict[str, Any] = {"endpoint": endpoint, **self._token, **self._trace}
        if data is not None:
            request["data"] = data
        socket = self._open()
        try:
            socket.send(pack(request, self._encoding), zmq.NOBLOCK)
            frame = self._receive(socket, timeout_s)
        except zmq.ZMQError as error:
            self._drop()
            raise unreachable(f"{self._address}: {error}") from error
        try:
            reply = unpack(frame)
        except WireError as error:
            raise invalid(str(error)) from error
        if isinstance(reply, Mapping) and "error" in reply:
            said = str(reply["error"]) or "no reason given"
            raise failed(said)
        return reply

    def _receive(self, socket: zmq.Socket[bytes], timeout_s: float) -> bytes:
        until = time.monotonic() + timeout_s
        while not socket.poll(POLL_MS):
            if self._is_cancelled:
                self._drop()
                raise unreachable("cancelled")
            if time.monotonic() >= until:
                self._drop()
                raise unreachable(f"{self._address}: no answer within {timeout_s:g} s")
        frame = socket.recv()
        if socket.getsockopt(zmq.RCVMORE):
            self._drop()
            raise invalid("its answer has several parts, of which the protocol has one")
        return frame

    def _open(self) -> zmq.Socket[bytes]:
        if self._socket is None:
            try:
                self._context = self._context or zmq.Context()
                self._socket = self._context.socket(zmq.REQ)
                self._socket.setsockopt(zmq.LINGER, 0)
                self._socket.setsockopt(zmq.MAXMSGSIZE, answer_bytes(self._spec))
                self._socket.connect(self._address)
            except zmq.ZMQError as error:
                self.close()
                raise unreachable(f"{self._address}: {error}") from error
        return self._socket

    def _drop(self) -> None:
        """Close the socket: a REQ socket without a reply cannot send again."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close()

    def cancel(self) -> None:
        """End the wait for a reply."""
        self._is_cancelled = True

    def close(self) -> None:
        """Close the socket."""
        self._drop()
        context, self._context = self._context, None
        if context is not None:
            context.term()
