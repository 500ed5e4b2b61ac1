"""A rosbridge 2.0 server with a base that drives, in a process of its own.

    python -m tests.rosbridge.server '{"ends": ["abort:208", "succeed"]}'

It prints its URL, then a line for each message that it gets. The shapes of its
messages are those of rosbridge_suite 2.x: `action_result` with status and values, `result: false`
with a text where the bridge has failed, no answer at all to a goal that a server refuses, and the
hidden topics and services of an action server.

Settings, as JSON:
    ends: How goals end, one after the other, the last one for all others: succeed, abort:CODE,
        hang, refuse, fail:TEXT, wrong.
    seconds: Time that a goal takes.
    cancels: False if the bridge takes no notice of a cancellation.
    settles: Time in seconds that a cancelled goal takes to come to rest.
    threads: True if goals and calls of one connection run side by side, as with
        send_action_goals_in_new_thread; else one after the other, as rosbridge does by itself.
    servers: Action servers that rosapi names; null if there is no rosapi.
    services: Services that rosapi names.
    servers_after: Number of questions after which rosapi names them.
    drop_after: Number of goals after which the connection is closed under way, once.
    where: Topic messages in place of the usual ones.
    deaf: Number of subscriptions of which nothing is heard, as of another quality of service.
    greet: A raw text that is sent to each client first.
    port: Port; any free one if left out.
"""

from __future__ import annotations

import contextlib
import json
import queue
import sys
import threading
import time
from collections.abc import Callable

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

ACTION = "/navigate_to_pose"
PLACES = {"dock": (0.0, 0.0), "table": (1.0, 2.0), "shelf": (-3.0, 0.5)}


class Base:
    """The robot: where it is, and the goal that it drives to."""

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.place = "dock"
        self.goals: dict[str, threading.Event] = {}
        self.clients: list[Client] = []
        self.count = self.asked = self.subscribed = 0
        self.has_dropped = False
        self.lock = threading.RLock()

    def end(self) -> str:
        ends = self.settings.get("ends", ["succeed"])
        self.count += 1
        return ends[min(self.count, len(ends)) - 1]

    def tell(self, topic: str, message: dict) -> None:
        for client in list(self.clients):
            if topic in client.topics:
                client.send({"op": "publish", "topic": topic, "msg": message})

    def tell_where(self) -> None:
        x, y = PLACES[self.place]
        self.tell("/where", self.settings.get("where") or pose(x, y))

    def tell_status(self) -> None:
        listed = [{"goal_info": {}, "status": 2} for _ in self.goals]
        self.tell(ACTION + "/_action/status", {"status_list": listed})

    def drive(self, client: Client, message: dict) -> None:
        key, goal, end = message["id"], message["args"], self.end()
        answer = {"op": "action_result", "id": key, "action": message["action"]}
        if end == "refuse":
            client.is_closed.wait()  # rosbridge tells nothing of it, and waits for ever
            return
        if end.startswith("fail:"):
            client.send({**answer, "values": end[5:], "status": 0, "result": False})
            return
        if end == "wrong":
            client.send({**answer, "values": [], "status": "done", "result": True})
            return
        self.goals[key] = cancelled = threading.Event()
        self.tell_status()
        client.send({**answer, "op": "action_feedback", "values": {"distance_remaining": 1.5}})
        if self.count == self.settings.get("drop_after") and not self.has_dropped:
            self.has_dropped = True
            client.socket.close()
        seconds = 3600.0 if end == "hang" else self.settings.get("seconds", 0.1)
        was_cancelled = cancelled.wait(seconds)
        code, status = 0, 4
        if was_cancelled:
            time.sleep(self.settings.get("settles", 0.0))
            status = 5
        elif end.startswith("abort:"):
            code, status = int(end[6:]), 6
        else:
            position = goal["pose"]["pose"]["position"]
            self.place = min(PLACES, key=lambda one: abs(PLACES[one][0] - position["x"]))
        del self.goals[key]
        self.tell_status()
        self.tell_where()
        values = {"error_code": code, "error_msg": "no way through" if code else ""}
        client.send({**answer, "values": values, "status": status, "result": True})


class Client:
    """One connection."""

    def __init__(self, base: Base, socket: ServerConnection) -> None:
        self.base, self.socket, self.topics = base, socket, set()
        self.is_closed = threading.Event()
        self.queue: queue.SimpleQueue[dict] = queue.SimpleQueue()

    def send(self, message: dict) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):
            self.socket.send(json.dumps(message))

    def serve(self) -> None:
        if self.base.settings.get("greet"):
            self.socket.send(self.base.settings["greet"])
        self.base.clients.append(self)
        threading.Thread(target=self.work, daemon=True).start()
        try:
            for raw in self.socket:
                with self.base.lock:  # else lines of two connections would mix
                    print(raw, flush=True)
                self.queue.put(json.loads(raw))
        except ConnectionClosed:
            pass
        finally:
            self.base.clients.remove(self)
            self.is_closed.set()

    def work(self) -> None:
        while not self.is_closed.is_set():
            self.take(self.queue.get())

    def run(self, function: Callable[..., None], *arguments: object) -> None:
        if self.base.settings.get("threads"):
            threading.Thread(target=function, args=arguments, daemon=True).start()
        else:
            function(*arguments)

    def take(self, message: dict) -> None:
        base, op = self.base, message["op"]
        if op == "subscribe":
            base.subscribed += 1
            if base.subscribed > base.settings.get("deaf", 0):
                self.topics.add(message["topic"])
            base.tell_where()
            if message["topic"].endswith("/_action/status"):
                base.tell_status()
        elif op == "send_action_goal":
            self.run(base.drive, self, message)
        elif op == "cancel_action_goal" and base.settings.get("cancels", True):
            base.goals.get(message["id"], threading.Event()).set()
        elif op == "call_service":
            self.run(self.call, message)

    def call(self, message: dict) -> None:
        base, name = self.base, message["service"]
        servers = base.settings.get("servers", [ACTION])
        values: object = f"Service {name} does not exist"
        if name == "/rosapi/action_servers" and servers is not None:
            base.asked += 1
            is_late = base.asked <= base.settings.get("servers_after", 0)
            values = {"action_servers": [] if is_late else servers}
        elif name == "/rosapi/services" and servers is not None:
            values = {"services": base.settings.get("services", ["/halt", "/honk", "/slow"])}
        elif name == ACTION + "/_action/cancel_goal":
            named = [{"goal_id": key} for key in base.goals]
            for cancelled in list(base.goals.values()):
                cancelled.set()
            values = {"return_code": 0, "goals_canceling": named}
        elif name == "/honk":
            values = {"success": bool(base.settings.get("honks", True)), "message": "no air"}
        elif name == "/halt":
            values = {"success": bool(base.settings.get("halts", True)), "message": ""}
        elif name == "/slow":
            time.sleep(1.0)
            values = {"success": True}
        self.answer(message, values)

    def answer(self, message: dict, values: object) -> None:
        answer = {"op": "service_response", "id": message["id"], "service": message["service"]}
        self.send({**answer, "values": values, "result": isinstance(values, dict)})


def pose(x: float, y: float) -> dict:
    now = time.time()
    stamp = {"sec": int(now), "nanosec": int(now % 1 * 1e9)}
    header = {"stamp": stamp, "frame_id": "map"}
    turned = {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}
    return {
        "header": header,
        "pose": {"position": {"x": x, "y": y, "z": 0.0}, "orientation": turned},
    }


def main() -> None:
    settings = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    base = Base(settings)
    server = serve(
        lambda socket: Client(base, socket).serve(), "127.0.0.1", settings.get("port", 0)
    )
    print(f"ws://127.0.0.1:{server.socket.getsockname()[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
