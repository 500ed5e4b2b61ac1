"""Adapter for LeRobot async-inference servers: pickles over gRPC, read in a child process.

Protocol: huggingface/lerobot 0.4.4, src/lerobot/async_inference. Its messages are Python pickles in
both directions, and reading a pickle can run code (CVE-2026-25874). They are therefore read in a
process with an empty environment and a temporary home, which accepts only the types that an answer
consists of and passes on plain numbers. The adapter is off unless ``options: {unpickles: true}`` is
set: use it on a trusted network only.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection, Pipe
from typing import Any

import numpy as np

from treehand.skills.domain.failures import FailureCode
from treehand.skills.vla.adapters.arrays import WireError, pack, unpack
from treehand.skills.vla.adapters.bounds import answer_bytes
from treehand.skills.vla.contract.policy import (
    Policy,
    PolicyAnswer,
    PolicyError,
    PolicyObservation,
    invalid,
    unreachable,
)
from treehand.skills.vla.contract.spec import PolicySpec

GRACE_S = 1.0
"""Time beyond the limit of a call within which the child process must report it."""
POLL_S = 0.02


class LerobotPolicy(Policy):
    """A client of one LeRobot server.

    The keys of the `PolicySpec` are its cameras and its state; all numbers of the state together
    are LeRobot's ``observation.state``.

    Args:
        address: ``host:port`` or ``grpc://host:port``.
        spec: Inputs and outputs of the policy.
        options: ``unpickles``: must be true; ``policy_type`` (``act``, ``smolvla``, …) and
            ``checkpoint``, a path on the server or a name on the hub, for the server to load;
            ``device`` (default ``cpu``); ``state_names``: LeRobot's names of the numbers of the
            state, in order; key and index by default, as ``arm.0``.
    """

    capabilities = ()

    def __init__(self, address: str, spec: PolicySpec, options: Mapping[str, Any]) -> None:
        self._address = address.removeprefix("grpc://")
        self._spec = spec
        self._may_unpickle = options.get("unpickles") is True
        self._setup = {
            "policy_type": str(options.get("policy_type", "act")),
            "checkpoint": str(options.get("checkpoint", "")),
            "device": str(options.get("device", "cpu")),
            "chunk": spec.chunk,
            "state_names": list(options.get("state_names", _names(spec))),
            "cameras": {key: [c.height, c.width, 3] for key, c in spec.cameras.items()},
        }
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self._is_cancelled = False
        self._trace: dict[str, str] = {}

    def trace(self, traceparent: str | None) -> None:
        """Take the span of the next calls; they carry it as metadata."""
        self._trace = {} if traceparent is None else {"traceparent": traceparent}

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Start the child process, and let the server load the policy."""
        self.close()
        if not self._may_unpickle:
            raise PolicyError(
                FailureCode.POLICY_MISMATCH,
                "a LeRobot server answers in pickles, which may run anything: say "
                "'options: {unpickles: true}' if you trust it and the network",
            )
        until = time.monotonic() + timeout_s
        self._require_not_cancelled()
        self._start()
        request = {"do": "connect", "address": self._address, "setup": self._setup}
        self._call(request, until - time.monotonic())
        return {}

    def reset(self, episode: str) -> None:
        """Begin an episode: the server forgets its answers."""
        self._call({"do": "reset"}, 5.0)

    def infer(
        self, observation: PolicyObservation, instruction: str, timeout_s: float
    ) -> PolicyAnswer:
        """Send the observation, which the server must not skip, and fetch the chunk."""
        state = [v.astype(np.float32) for v in observation.state.values()]
        request = {
            "do": "infer",
            "number": observation.request,
            "images": {key: np.asarray(v, order="C") for key, v in observation.images.items()},
            "state": np.concatenate(state) if state else np.zeros(0, np.float32),
            "task": instruction,
        }
        said = self._call(request, timeout_s)
        return PolicyAnswer(np.asarray(said["actions"], dtype=np.float64))

    def _start(self) -> None:
        ours, theirs = Pipe()
        self._home = tempfile.TemporaryDirectory(prefix="treehand-lerobot-")
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-m", f"{__package__}.lerobot_child", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=self._home.name,
            env={"PATH": os.defpath, "HOME": self._home.name, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is for us; it ends when its pipe does
        )
        theirs.close()
        self._pipe = ours

    def _call(self, request: Mapping[str, Any], timeout_s: float) -> Mapping[str, Any]:
        pipe = self._pipe
        if pipe is None:
            raise unreachable("it is not connected")
        until = time.monotonic() + timeout_s + GRACE_S
        try:
            pipe.send_bytes(pack({**request, **self._trace, "timeout_s": timeout_s}, "openpi"))
            while not pipe.poll(POLL_S):
                self._require_not_cancelled()
                if time.monotonic() >= until:
                    self.close()
                    raise unreachable(f"no answer within {timeout_s:g} s")
            said = unpack(pipe.recv_bytes(answer_bytes(self._spec)))
        except (OSError, EOFError, WireError) as error:
            self.close()
            if self._is_cancelled:
                raise unreachable("cancelled") from error
            raise unreachable(f"the process that talks to it has ended: {error}") from error
        if "error" in said:
            try:
                code = FailureCode(said["error"])
            except ValueError as error:
                raise invalid(str(said["error"])) from error
            raise PolicyError(code, str(said["detail"]))
        answer: Mapping[str, Any] = said
        return answer

    def _require_not_cancelled(self) -> None:
        if self._is_cancelled:
            self.close()
            raise unreachable("cancelled")

    def cancel(self) -> None:
        """Kill the child process, so that the caller's wait ends at once."""
        self._is_cancelled = True
        child = self._child
        if child is not None:
            with contextlib.suppress(OSError):
                child.kill()

    def close(self) -> None:
        """End the child process and remove its home."""
        child, self._child = self._child, None
        pipe, self._pipe = self._pipe, None
        home, self._home = self._home, None
        if pipe is not None:
            pipe.close()
        if child is not None:
            with contextlib.suppress(OSError):
                child.kill()
            child.wait()
        if home is not None:
            home.cleanup()


def _names(spec: PolicySpec) -> list[str]:
    return [f"{key}.{index}" for key, state in spec.state.items() for index in range(state.size)]
