"""Nobody uses the server without a token, from another site, or under another name."""

import asyncio
import contextlib
import http.client
import json
import socket
from dataclasses import dataclass

import pytest

from tests.web.conftest import Client, sse
from treehand.core.errors import InputError
from treehand.web.access.connection import given_up, most_connections
from treehand.web.access.gatekeeper import MAX_BODY, Gatekeeper
from treehand.web.access.viewers import Viewers

pytestmark = pytest.mark.slow

OPERATIONS = [
    ("GET", "/api/state"),
    ("GET", "/api/events"),
    ("GET", "/api/facts"),
    ("GET", "/api/runs"),
    ("GET", "/api/runs/1/events"),
    ("GET", "/api/cameras/overhead"),
    ("GET", "/api/files"),
    ("POST", "/api/stop"),
    ("POST", "/api/proposals"),
    ("POST", "/api/control"),
    ("POST", "/api/invitations"),
    ("GET", "/api/nothing"),
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_second_local_user_without_a_code_gets_nothing(kitchen, method, path):
    client = kitchen.client()
    client.http.headers.pop("Authorization")
    for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Basic YTpi"}):
        answer = client.http.request(method, path, headers=headers, json={"reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (401, "no-token")
    assert not kitchen.server.desk.stops()


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1", "", "a b"]
)
def test_a_rebound_name_is_refused(kitchen, host):
    client = kitchen.client()
    name = host.format(port=kitchen.server.port)
    for path in ("/api/state", "/api/health", "/"):
        answer = client.http.get(path, headers={"Host": name})
        assert answer.status_code == 421, path
    assert client.get("state").status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"]
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/stop"), ("GET", "/api/state")])
def test_a_foreign_origin_is_refused(kitchen, origin, method, path):
    client = kitchen.client()
    headers = {"Origin": origin.format(port=kitchen.server.port)}
    answer = client.http.request(method, path, headers=headers, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong-origin")
    assert "access-control-allow-origin" not in answer.headers
    assert not kitchen.server.desk.stops()


def test_another_site_is_refused_even_without_an_origin(kitchen):
    client = kitchen.client()
    answer = client.http.get("/api/state", headers={"Sec-Fetch-Site": "same-site"})
    assert answer.json()["code"] == "wrong-origin"
    cookie = {f"treehand_{kitchen.server.port}": client.token}
    client.http.headers.pop("Authorization")
    client.http.cookies.update(cookie)
    assert client.get("state").status_code == 200
    assert client.post("control").json()["code"] == "wrong-origin"  # a cookie, and no origin
    origin = {"Origin": kitchen.url}
    assert client.http.post("/api/control", headers=origin).status_code in (204, 409)
    client.http.request("DELETE", "/api/control", headers=origin)


def test_preflights_allow_nothing(kitchen):
    client = kitchen.client()
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.http.options("/api/stop", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_code_is_good_once(kitchen):
    client = kitchen.client()
    code = kitchen.codes[-1]
    first = client.post("session", {"code": code.lower().replace("-", " "), "name": "Bob"})
    assert first.status_code == 200
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert first.json()["token"] == ""
    again = client.post("session", {"code": code})
    assert (again.status_code, again.json()["code"]) == (401, "wrong-code")
    assert kitchen.codes[-1] != code  # the next one was announced


def test_guessing_codes_is_slowed_down(own):
    served = own()
    client = served.client()
    code = served.server.viewers.invite()
    answers = [client.post("session", {"code": "AAAA"}).status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    assert client.post("session", {"code": code}).status_code == 429


def test_connections_that_say_nothing_keep_nobody_out(own):
    served = own()
    ada, bob = served.client(), served.client("Bob")
    extra = 20
    with ada.http.stream("GET", "/api/events") as answer, contextlib.ExitStack() as stack:
        lines = sse(answer.iter_lines())
        next(lines)
        address = ("127.0.0.1", served.server.port)
        silent = [
            stack.enter_context(socket.create_connection(address, timeout=10.0))
            for _ in range(most_connections() + extra)
        ]
        assert bob.post("stop", {"reason": "too close"}).status_code == 200
        for _, data in lines:  # the older connection of a viewer is kept
            if data.get("stops"):
                break
        for one in silent[:extra]:  # the oldest made room
            with contextlib.suppress(ConnectionResetError):
                assert one.recv(1) == b""


def test_a_connection_of_a_viewer_outlives_those_that_say_nothing(own):
    served = own()
    address = ("127.0.0.1", served.server.port)
    signing_in = json.dumps({"code": served.server.viewers.invite(), "name": "Bob", "bearer": True})
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=10.0)) as bob:
        json_type = {"Content-Type": "application/json"}
        bob.request("POST", "/api/session", signing_in, json_type)
        token = json.loads(bob.getresponse().read())["token"]
        with contextlib.ExitStack() as stack:
            silent = [
                stack.enter_context(socket.create_connection(address, timeout=10.0))
                for _ in range(most_connections())
            ]
            with contextlib.suppress(ConnectionResetError):
                assert silent[0].recv(1) == b""  # the oldest but that of the viewer
            bob.request("POST", "/api/stop", "{}", json_type | {"Authorization": f"Bearer {token}"})
            assert bob.getresponse().status == 200


def test_a_refusal_waits_for_nothing_once_the_request_is_over():
    messages = [{"type": "http.request", "body": b" " * (MAX_BODY + 1), "more_body": False}]
    sent = []

    async def receive():
        return messages.pop()  # an error if it is asked for more

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"robot"), (b"content-length", b"1000001")]
    scope = {"type": "http", "method": "POST", "path": "/api/session", "headers": headers}
    keeper = Gatekeeper(receive, Viewers(print), frozenset({"robot"}), "cookie")
    asyncio.run(keeper(scope, receive, send))
    assert sent[0]["status"] == 413


@dataclass
class Opened:
    """A connection as far as the choice of the one that makes room needs it."""

    opened_s: float
    is_kept: bool


def test_streams_that_leave_no_room_make_some():
    streams = [Opened(float(second), is_kept=True) for second in range(75)]
    silent = [Opened(100.0 + second, is_kept=False) for second in range(25)]
    assert given_up([*streams, *silent]) is silent[0]
    assert given_up([*streams, *silent[:24]]) is streams[0]
    assert given_up(streams) is streams[0]


def test_no_web_socket_is_opened(kitchen):
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = kitchen.client().http.get("/api/state", headers=headers | {"Authorization": ""})
    assert (answer.status_code, answer.json()["code"]) == (401, "no-token")


def test_codes_and_tokens_are_in_no_answer_and_no_journal(own):
    served = own()
    ada = served.client("Ada", controls=True)
    ada.begin()
    ada.ended()
    told = ada.get("state").text + ada.get("runs/1/events").text + ada.get("openapi.json").text
    assert ada.token not in told
    assert not any(code in told or code.replace("-", "") in told for code in served.codes)
    for path in served.folder.rglob("*"):
        if path.is_file():
            assert ada.token.encode() not in path.read_bytes(), path


def test_who_left_has_no_token_any_more(kitchen):
    client = kitchen.client()
    assert client.http.delete("/api/session").status_code == 204
    assert client.get("state").status_code == 401


def test_a_page_of_another_site_may_be_followed_by_a_link_only(kitchen):
    client = kitchen.client()
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.http.get("/", headers=headers).status_code in (200, 404)
    assert client.http.get("/api/health", headers=headers).status_code == 403


def test_every_answer_has_the_headers_that_keep_pages_apart(kitchen):
    client = kitchen.client()
    for path in ("/api/state", "/api/nothing", "/", "/page/nothing"):
        headers = client.http.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_the_lease_is_taken_handed_over_and_given_up(own):
    served = own()
    ada, bob = served.client("Ada"), served.client("Bob")
    assert ada.post("proposals", {"text": "x"}).json()["code"] == "not-in-control"
    assert ada.post("control").status_code == 204
    assert ada.post("control").status_code == 204
    refused = bob.post("control")
    assert (refused.status_code, refused.json()["code"]) == (409, "controlled")
    assert bob.post("control/hand-over", {"to": bob.id}).status_code == 403
    assert ada.post("control/hand-over", {"to": "nobody"}).status_code == 404
    assert ada.post("control/hand-over", {"to": bob.id}).status_code == 204
    assert ada.post("proposals", {"text": "x"}).status_code == 403
    assert [one["is_controller"] for one in bob.state()["viewers"]] == [False, True]
    assert bob.http.delete("/api/control").status_code == 204
    assert ada.post("control").status_code == 204


def test_a_controller_that_left_loses_the_lease(own):
    served = own()
    ada, bob = served.client("Ada", controls=True), served.client("Bob")
    viewer = served.server.viewers.find(ada.id)
    viewer.seen_s -= 1000.0
    assert bob.post("control").status_code == 204


CONTROLLED = [
    ("proposals", {"text": "clean the kitchen"}),
    ("proposals/tree", {"text": "tree: x"}),
    ("proposals/0/answer", {"choice": "yes"}),
    ("plans/0/approve", {}),
    ("plans/0/reject", {}),
    ("runs", {"hash": "0"}),
    ("questions/1/answer", {"choice": "yes"}),
    ("look", None),
    ("rearm", {"stops": ["x"]}),
    ("runs/1/resume", None),
    ("suite", {"files": ["a.scenario.yaml"]}),
    ("suite/stop", None),
]


@pytest.mark.parametrize(("path", "body"), CONTROLLED)
def test_a_viewer_cannot_do_what_needs_control(kitchen, path, body):
    bob = kitchen.client("Bob")
    assert (bob.post(path, body).status_code, bob.post(path, body).json()["code"]) == (
        403,
        "not-in-control",
    )


def test_a_read_only_server_still_stops(own):
    served = own(is_read_only=True)
    ada: Client = served.client("Ada")
    assert ada.post("control").json()["code"] == "read-only"
    for path, body in CONTROLLED:
        assert ada.post(path, body).json()["code"] == "read-only", path
    answer = ada.post("stop", {"reason": "smoke"})
    assert answer.status_code == 200
    assert answer.json()["stops"][0]["reason"] == "smoke"


def test_a_name_cannot_hide_signs(kitchen):
    client = kitchen.client("A\x1b[2J\u202eda\n" + "x" * 100)
    name = next(one["name"] for one in client.state()["viewers"] if one["is_you"])
    assert name.isprintable()
    assert len(name) <= 40


def test_an_address_of_another_machine_is_told_apart_from_one_in_use(own):
    with pytest.raises(InputError, match="unusable-address") as caught:
        own(host="203.0.113.1")
    assert "another server" not in str(caught.value)
