"""A language model's endpoint on this machine: a real HTTP server that does what a test wants."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[["Turn"], None]


@dataclass
class Turn:
    """One request, and the means to answer it."""

    handler: BaseHTTPRequestHandler
    body: dict[str, Any]
    ends: threading.Event

    def send(self, status: int, data: bytes, kind: str = "application/json") -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Content-Length", str(len(data)))
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def stream(self, pieces: Iterator[str]) -> None:
        """Send server-sent events as they come, until the client has enough."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", "text/event-stream")
        self.handler.end_headers()
        try:
            for piece in pieces:
                if self.ends.is_set():
                    return
                self.handler.wfile.write(piece.encode())
                self.handler.wfile.flush()
        except OSError:
            pass


@dataclass
class Endpoint:
    url: str = ""
    acts: list[Act] = field(default_factory=list)
    """What is done with each request; the last one stays."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def serving(*acts: Act) -> Iterator[Endpoint]:
    endpoint = Endpoint(acts=list(acts))
    ends = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(size) or b"{}")
            act = endpoint.acts[min(len(endpoint.requests), len(endpoint.acts) - 1)]
            endpoint.requests.append(body)
            endpoint.headers.append({key.lower(): value for key, value in self.headers.items()})
            act(Turn(self, body, ends))

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        ends.set()
        server.shutdown()
        server.server_close()
        thread.join()


# What an endpoint may do.


def chunk(content: str | None = None, **more: Any) -> str:
    delta = {"role": "assistant"} | ({"content": content} if content is not None else {})
    delta |= more.pop("delta", {})
    choice = {"index": 0, "delta": delta, "finish_reason": more.pop("finish", None)}
    data = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return f"data: {json.dumps(data | {'choices': [choice]} | more)}\n\n"


def usage(tokens_in: int, tokens_out: int) -> str:
    counted = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out}
    data = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    total = counted | {"total_tokens": tokens_in + tokens_out}
    return f"data: {json.dumps(data | {'choices': [], 'usage': total})}\n\ndata: [DONE]\n\n"


def says(answer: Any, tokens: tuple[int, int] = (100, 10)) -> Act:
    """Stream an answer in three pieces."""
    text = answer if isinstance(answer, str) else json.dumps(answer)

    def act(turn: Turn) -> None:
        third = len(text) // 3 + 1
        pieces = [chunk(text[start : start + third]) for start in range(0, len(text), third)]
        turn.stream(iter([*pieces, chunk(finish="stop"), usage(*tokens)]))

    return act


def says_whole(answer: Any) -> Act:
    """Answer in one piece, though a stream was asked for."""

    def act(turn: Turn) -> None:
        message = {"role": "assistant", "content": json.dumps(answer), "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        data = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
        turn.send(200, json.dumps(data | {"choices": [choice]}).encode())

    return act


def answers(status: int, text: str = '{"error": {"message": "no"}}', kind: str = "") -> Act:
    return lambda turn: turn.send(status, text.encode(), kind or "application/json")


def waits(seconds: float) -> Act:
    return lambda turn: turn.ends.wait(seconds) and None


def streams(*pieces: str) -> Act:
    return lambda turn: turn.stream(iter(pieces))


def streams_forever(piece: str, pause_s: float = 0.0) -> Act:
    def pieces() -> Iterator[str]:
        while True:
            yield piece
            time.sleep(pause_s)

    return lambda turn: turn.stream(pieces())
