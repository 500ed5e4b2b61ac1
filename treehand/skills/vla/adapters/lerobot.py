"""Policies behind a LeRobot async-inference server: pickles over gRPC, kept in a child process.

Protocol: huggingface/lerobot 0.4.4, src/lerobot/async_inference. Its messages are Python pickles,
in both directions, and whoever reads a pickle may run whatever is in it (CVE-2026-25874). So they
are read in a process that has no secrets in its environment and another home, which takes only the
few types that an answer is made of; what it passes on are plain numbers. It is still off unless
``options: {unpickles: true}`` says otherwise: use it on a network that nobody else is on.
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
from treehand.skills.vla.contract.policy import (
    PolicyAnswer,
    Observation,
    Policy,
    PolicyError,
    invalid,
    unreachable,
)
from treehand.skills.vla.contract.spec import PolicySpec
from treehand.skills.vla.adapters.arrays import WireError, pack, unpack

GRACE_S = 1.0
"""How much longer than the time limit of a call its process may take to say so."""
POLL_S = 0.02


class LerobotPolicy(Policy):
    """A client of one LeRobot server.

    The keys of the `PolicySpec` are its cameras and its state; all numbers of the state together
    are what LeRobot calls ``observation.state``.

    Args:
        address: ``host:port`` or ``grpc://host:port``.
        spec: What is sent, and what comes back.
        options: ``unpickles``: must be true; ``policy_type`` (``act``, ``smolvla``, …) and
            ``checkpoint``, a path on the server or a name on the hub: what the server loads;
            ``device`` (default ``cpu``); ``state_names``: its names for the numbers of the state,
            in their order; by default key and index, as ``arm.0``.
    """

    offers = ()

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

    def connect(self, timeout_s: float) -> Mapping[str, Any]:
        """Start the process, and let the server load the policy."""
        self.close()
        if not self._may_unpickle:
            raise PolicyError(
                FailureCode.POLICY_MISMATCH,
                "a LeRobot server answers in pickles, which may run anything: say "
                "'options: {unpickles: true}' if you trust it and the network",
            )
        until = time.monotonic() + timeout_s
        self._require_wanted()
        self._start()
        request = {"do": "connect", "address": self._address, "setup": self._setup}
        self._call(request, until - time.monotonic())
        return {}

    def reset(self, episode: str) -> None:
        """Begin an episode: the server forgets what it has answered."""
        self._call({"do": "reset"}, 5.0)

    def infer(self, observation: Observation, instruction: str, timeout_s: float) -> PolicyAnswer:
        """Send the observation, which the server must not leave out, and fetch the chunk."""
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
            pipe.send_bytes(pack({**request, "timeout_s": timeout_s}, "openpi"))
            while not pipe.poll(POLL_S):
                self._require_wanted()
                if time.monotonic() >= until:
                    self.close()
                    raise unreachable(f"no answer within {timeout_s:g} s")
            said = unpack(pipe.recv_bytes())
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

    def _require_wanted(self) -> None:
        if self._is_cancelled:
            self.close()
            raise unreachable("cancelled")

    def cancel(self) -> None:
        """End the process, so that whoever waits for an answer is told at once."""
        self._is_cancelled = True
        child = self._child
        if child is not None:
            with contextlib.suppress(OSError):
                child.kill()

    def close(self) -> None:
        """End the process."""
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
