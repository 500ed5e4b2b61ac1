"""The control loop of openpi-client's own `ActionChunkBroker`, measured; a part of control_loop.

Run by the Python that has openpi-client: ``python openpi_broker.py URL SECONDS RATE_HZ EXECUTE``.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from openpi_client.action_chunk_broker import ActionChunkBroker
from openpi_client.websocket_client_policy import WebsocketClientPolicy


def main() -> None:
    """Drive nothing at a rate for a while, and print how late each period was."""
    url, seconds, rate_hz, execute = sys.argv[1:]
    host, port = url.removeprefix("ws://").split(":")
    broker = ActionChunkBroker(WebsocketClientPolicy(host, int(port)), int(execute))
    frame = {
        "overhead": np.zeros((224, 224, 3), dtype=np.uint8),
        "wrist": np.zeros((224, 224, 3), dtype=np.uint8),
        "gripper_m": np.zeros(2, dtype=np.float32),
        "gripper_width_m": np.full(1, 0.08, dtype=np.float32),
        "gripper_force_n": np.zeros(1, dtype=np.float32),
        "prompt": "pick up the red block [still]",
    }
    broker.infer(frame)
    period_s, lateness_s = 1 / float(rate_hz), []
    began_s = due_s = time.monotonic()
    missed_n = 0
    while due_s < began_s + float(seconds):
        broker.infer(frame)
        due_s += period_s
        late_s = time.monotonic() - due_s
        if late_s > 0:
            missed_n += int(late_s / period_s)
            due_s += int(late_s / period_s) * period_s
        else:
            time.sleep(-late_s)
        lateness_s.append(time.monotonic() - due_s)
    print(json.dumps({"lateness_s": lateness_s, "missed_n": missed_n}))


if __name__ == "__main__":
    main()
