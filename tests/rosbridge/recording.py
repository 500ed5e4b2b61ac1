"""Recordings of what a rosbridge server said, and a server that says it again.

A recording has a line of JSON for each message: who said it on which connection, after how many
seconds, and its text as it was.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

LIMIT_S = 20.0
STATUS_S = 0.2
"""Time between two statuses of an action server of ROS 1, also while nothing happens."""


@contextlib.contextmanager
def listening(handle: Any) -> Iterator[str]:
    """Serve connections with a function, and yield the URL."""
    with serve(handle, "127.0.0.1", 0, ping_interval=None, max_size=None) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def recorded(url: str, path: Path) -> Iterator[str]:
    """Yield the URL of a server in front of another one, which writes down what is said."""
    lines: list[str] = []
    lock, begun_s, lanes = threading.Lock(), time.monotonic(), iter(range(1000))

    def note(lane: int, by: str, text: str) -> None:
        with lock:
            entry = {"by": by, "lane": lane, "s": round(time.monotonic() - begun_s, 3)}
            lines.append(json.dumps({**entry, "text": text}, ensure_ascii=False))

    def pass_on(source: Any, to: Any, lane: int, by: str) -> None:
        with contextlib.suppress(ConnectionClosed):
            for text in source:
                note(lane, by, text)
                to.send(text)
        to.close()

    def handle(client: ServerConnection) -> None:
        lane = next(lanes)
        with connect(url, max_size=None, proxy=None, ping_interval=None) as bridge:
            back = threading.Thread(target=pass_on, args=(bridge, client, lane, "server"))
            back.start()
            pass_on(client, bridge, lane, "client")
            back.join()

    try:
        with listening(handle) as given:
            yield given
    finally:
        path.write_text("\n".join(lines) + "\n")


class Replay:
    """Says what a server has said, each message once all that was said before it was said again.

    While it waits for the client, it repeats the newest status of each action server of ROS 1: a
    real one tells it all the time, and a client may wait for the next before it sends a goal.

    A client may say more than in the recording; it gets no answer then.

    Args:
        path: The recording.
        pause_s: Longest pause between two messages that are said again, in wall seconds.
    """

    def __init__(self, path: Path, pause_s: float) -> None:
        self._pause_s = pause_s
        self._entries = [json.loads(line) for line in path.read_text().splitlines()]
        self._news = threading.Condition()
        self._said: list[tuple[ServerConnection, dict[str, Any]]] = []
        self._lanes: dict[int, ServerConnection] = {}
        self._ids: dict[str, str] = {}
        self._statuses: dict[tuple[int, str], str] = {}
        self._goals_n = 0
        self._asked_n = 0
        self._is_over = False

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Yield the URL of the server."""
        speaker = threading.Thread(target=self._speak, daemon=True)
        speaker.start()
        with listening(self._hear) as url:
            yield url
            self._is_over = True
            with self._news:
                self._news.notify_all()
            speaker.join()

    def heard(self, word: str) -> bool:
        """Return True once the goal sent last has come: a goal not sent yet has no cancel."""
        with self._news:
            self._asked_n += word == "goal"
            return self._news.wait_for(lambda: self._goals_n >= self._asked_n, LIMIT_S)

    def _hear(self, client: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            for text in client:
                with self._news:
                    self._said.append((client, json.loads(text)))
                    self._news.notify_all()

    def _speak(self) -> None:
        before_s = 0.0
        heard: set[tuple[int, str]] = set()
        for entry in self._entries:
            message = json.loads(entry["text"])
            if entry["by"] == "client":
                said = (entry["lane"], entry["text"])
                if said in heard:
                    continue  # how often a cancel is repeated depends on the machine
                heard.add(said)
                if not self._wait_for(entry["lane"], message):
                    return
            else:
                time.sleep(min(self._pause_s, max(0.0, entry["s"] - before_s)))
                text = entry["text"]
                for recorded_id, own in self._ids.items():
                    text = text.replace(recorded_id, own)
                if message.get("topic", "").endswith("/status"):
                    self._statuses[entry["lane"], message["topic"]] = text
                self._send(entry["lane"], text)
            before_s = entry["s"]

    def _send(self, lane: int, text: str) -> None:
        with contextlib.suppress(ConnectionClosed):
            self._lanes[lane].send(text)

    def _wait_for(self, lane: int, message: dict[str, Any]) -> bool:
        """Take what a client says again; return False if it is over before."""
        limit_s = time.monotonic() + LIMIT_S
        with self._news:
            while not self._news.wait_for(
                lambda: self._is_over or self._find(lane, message) is not None, STATUS_S
            ):
                assert time.monotonic() < limit_s, f"nobody said {message}"
                for (one, _), text in self._statuses.items():
                    self._send(one, text)
            found = self._find(lane, message)
            if found is None:
                return False
            client, said = self._said.pop(found)
            self._lanes[lane] = client
            if _id(message):
                self._ids[_id(message)] = _id(said)
            is_goal_of_topics = message.get("topic", "").endswith("/goal") and "msg" in message
            self._goals_n += message["op"] == "send_action_goal" or is_goal_of_topics
            self._news.notify_all()
            return True

    def _find(self, lane: int, message: dict[str, Any]) -> int | None:
        own = self._lanes.get(lane)
        taken = [client for one, client in self._lanes.items() if one != lane]
        for number, (client, said) in enumerate(self._said):
            is_lane = client is own if own is not None else client not in taken
            own_id = self._ids.get(_id(message), _id(said))
            if is_lane and _kind(said) == _kind(message) and _id(said) == own_id:
                return number
        return None


def _id(message: dict[str, Any]) -> str:
    """Return the id of a request; in ROS 1 goals have it in the message of their topic."""
    told = message.get("msg", {})
    return message.get("id") or told.get("goal_id", told).get("id", "")


def _kind(message: dict[str, Any]) -> tuple[object, ...]:
    return tuple(message.get(key) for key in ("op", "topic", "service", "action"))
