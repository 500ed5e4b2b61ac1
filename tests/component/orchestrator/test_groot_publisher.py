"""A run published to clients of Groot2's protocol; the peer is BehaviorTree.CPP's own publisher."""

import contextlib
import json
import os
import random
import socket
import struct
import threading
import time
from xml.etree import ElementTree

import pytest

from treehand.core.clock import MonotonicClock
from treehand.core.errors import InputError
from treehand.core.events import FaultInjected, Held, ResumedFromHold, SkillStarted
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.running.result import Outcome
from treehand.orchestrator.sessions.robot import Robot
from treehand.orchestrator.sessions.robot_settings import RobotSettings
from treehand.trees import Breakpoint

msgpack = pytest.importorskip("msgpack")
zmq = pytest.importorskip("zmq")
from treehand.orchestrator.exports.groot_publisher import GrootPublisher  # noqa: E402

GOAL = "put the red mug in the sink"


def free_port():
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


class Client:
    """A client that sends what it is told, in the frames of the protocol."""

    def __init__(self, port):
        self._context = zmq.Context()
        self._request = self._context.socket(zmq.REQ)
        self._request.RCVTIMEO = 10_000
        self._request.connect(f"tcp://127.0.0.1:{port}")
        self._news = self._context.socket(zmq.SUB)
        self._news.subscribe(b"")
        self._news.RCVTIMEO = 10_000
        self._news.connect(f"tcp://127.0.0.1:{port + 1}")
        self._count = 0

    def send(self, *parts):
        self._request.send_multipart(parts)
        return self._request.recv_multipart()

    def ask(self, tag, *parts, protocol=2):
        self._count += 1
        head = struct.pack("<BcI", protocol, tag.encode(), self._count)
        reply = self.send(head, *parts)
        assert reply[0] == b"error" or (reply[0][:6], len(reply[0])) == (head, 22)
        return reply

    def tree(self):
        return ElementTree.fromstring(self.ask("T")[1])

    def statuses(self):
        data = self.ask("S")[1]
        return dict(struct.unpack_from("<HB", data, at) for at in range(0, len(data), 3))

    def hook(self, **changes):
        hook = {"enabled": True, "mode": 0, "once": False, "position": 0} | changes
        return self.ask("I", json.dumps({"desired_status": "SKIPPED"} | hook).encode())

    def news(self):
        return self._news.recv_multipart()

    def close(self):
        self._context.destroy(linger=0)


class Published:
    """A robot with its publisher; a run goes on in a thread of its own."""

    def __init__(self, speed=20.0):
        settings = RobotSettings(clock=MonotonicClock(speed))
        deployment = Deployment.load(DeploymentOverrides())
        self.robot = Robot(deployment, workspace=None, settings=settings)
        self.events = []
        self.robot.world.stream.subscribe(self.events.append)
        self.port = free_port()
        self.publisher = GrootPublisher(self.robot, self.port)
        self.publisher.__enter__()
        self.client = Client(self.port)
        self.result = None
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        plan = self.robot.propose(GOAL)
        self.result = self.robot.run(self.robot.approve(plan, by="a test"))

    def start(self):
        """Start the run, held before its first step, so that a client sees all of it."""
        self._thread.start()
        while not any(isinstance(event, SkillStarted) for event in self.events):
            time.sleep(0.001)
        return self

    def end(self):
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.result

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def close(self):
        if self._thread.is_alive():
            self.robot.stop("the test ended", by="a test")
            self._thread.join(60)
        self.client.close()
        self.publisher.__exit__(None, None, None)
        self.robot.close()


@pytest.fixture
def published():
    made = Published()
    yield made
    made.close()


def uid_of(tree, label):
    return next(int(e.get("_uid")) for e in tree.iter() if e.get("name") == label)


def test_a_client_before_the_first_tree_gets_an_idle_node_and_then_the_tree(published):
    head, xml = published.client.ask("T")
    (idle,) = ElementTree.fromstring(xml).find("BehaviorTree")
    assert (idle.get("name"), idle.get("_uid")) == ("no tree runs yet", "1")
    assert published.client.statuses() == {1: 0}
    published.start()
    later, xml = published.client.ask("T")
    assert later[6:] != head[6:]
    assert len(ElementTree.fromstring(xml).findall(".//*[@_uid]")) > 1


def test_a_client_sees_tree_statuses_and_a_recording(published):
    client = published.client
    assert client.ask("r", b"start")[1].isdigit()
    published.start()
    tree = client.tree()
    uids = [int(node.get("_uid")) for node in tree.iter() if node.get("_uid")]
    assert sorted(uids) == list(range(1, len(uids) + 1))
    assert list(client.statuses()) == uids
    models = {model.get("ID") for model in tree.find("TreeNodesModel")}
    assert {node.tag for node in tree.iter() if node.get("_uid")} - {"SubTree"} <= models
    assert published.end().outcome is Outcome.SUCCESS
    assert client.statuses()[1] == 2
    data = client.ask("t")[1]
    taken = [
        (data[at : at + 6], *struct.unpack_from("<HB", data, at + 6))
        for at in range(0, len(data), 9)
    ]
    assert {uid for _, uid, _ in taken} <= set(uids)
    assert (1, 2) in [one[1:] for one in taken]
    assert client.ask("t")[1] == b""


def test_a_client_sees_steps_that_were_never_visited(published):
    tree = published.start().client.tree()
    assert published.client.statuses()[uid_of(tree, "open(sink)")] == 0, "it is open already"


def test_a_breakpoint_holds_the_robot_until_it_is_unlocked(published):
    client = published.start().client
    uid = uid_of(client.tree(), "put_in(red_mug, sink)")
    assert len(client.hook(uid=uid)) == 1
    head, number = client.news()
    assert (head[:2], int(number)) == (b"\x02N", uid)
    while not published.of(Held):
        time.sleep(0.001)
    assert "put_in(red_mug, sink)" not in {str(e.call) for e in published.of(SkillStarted)}
    unlock = {"uid": uid, "position": 0, "desired_status": "SKIPPED", "remove_when_done": True}
    assert len(client.ask("U", json.dumps(unlock).encode())) == 1
    assert published.end().outcome is Outcome.SUCCESS
    assert len(published.of(ResumedFromHold)) == 1
    assert client.ask("D")[1] == b"[]"


def test_breakpoints_of_groot2_and_of_the_run_are_one_table(published):
    client, points = published.start().client, published.robot.parts.breakpoints
    tree = client.tree()
    put_in = uid_of(tree, "put_in(red_mug, sink)")
    points.add(Breakpoint("put_in(*)"))
    client.hook(uid=put_in, position=1)
    assert [str(one).partition(" ")[0] for one in points.points] == ["before", "after"]
    dumped = [(one["uid"], one["position"]) for one in json.loads(client.ask("D")[1])]
    assert dumped == [(put_in, 1), (put_in, 0)]
    assert int(client.news()[1]) == put_in
    assert [held.moment for held in points.held] == ["before"]
    at = {"uid": put_in, "position": 0, "desired_status": "SKIPPED", "remove_when_done": False}
    client.ask("U", json.dumps(at).encode())
    assert int(client.news()[1]) == put_in
    assert [held.moment for held in points.held] == ["after"]
    client.ask("X")  # of Groot2's own
    assert [str(one) for one in points.points] == ["before put_in(*)"]
    assert published.end().outcome is Outcome.SUCCESS
    client.ask("R", json.dumps({"uid": put_in, "position": 0}).encode())
    assert not points.points


def test_a_breakpoint_at_a_guard_lets_the_step_behind_it_run(published):
    client = published.start().client  # it picks, and the guard before it is checked at each tick
    client.hook(uid=uid_of(client.tree(), "not broken(red_mug)"))
    assert published.end().outcome is Outcome.SUCCESS
    assert [str(event.call) for event in published.of(SkillStarted)] == [
        "pick(red_mug)",
        "put_in(red_mug, sink)",
    ]
    assert not published.of(Held)


def test_an_unlocked_node_may_be_given_a_result(published):
    client = published.start().client
    uid = uid_of(client.tree(), "put_in(red_mug, sink)")
    client.hook(uid=uid, once=True)
    client.news()
    unlock = {"uid": uid, "position": 0, "desired_status": "FAILURE", "remove_when_done": False}
    client.ask("U", json.dumps(unlock).encode())
    assert published.end().outcome is Outcome.SUCCESS  # it is tried again
    (fault,) = published.of(FaultInjected)
    assert fault.fault.startswith("FAILURE@")
    assert not published.robot.parts.breakpoints.points


def test_a_client_that_leaves_takes_its_breakpoints_along(published):
    client, points = published.start().client, published.robot.parts.breakpoints
    client.hook(uid=uid_of(client.tree(), "put_in(red_mug, sink)"))
    client.news()
    assert points.is_attended
    published.publisher.__exit__(None, None, None)
    assert published.end().outcome is Outcome.SUCCESS
    assert not points.points
    assert not points.is_attended


def test_a_replaced_result_is_journalled(published):
    client = published.start().client
    uid = uid_of(client.tree(), "put_in(red_mug, sink)")
    client.hook(uid=uid, mode=1, once=True, desired_status="FAILURE")
    assert published.end().outcome is Outcome.SUCCESS  # it is tried again
    (fault,) = published.of(FaultInjected)
    assert fault.fault.startswith("FAILURE@")
    assert fault.fault.endswith("put_in(red_mug, sink) by Groot2")


def test_nodes_go_on_when_all_hooks_are_disabled(published):
    client = published.start().client
    client.hook(uid=uid_of(client.tree(), "put_in(red_mug, sink)"))
    client.news()
    client.ask("X")
    assert published.end().outcome is Outcome.SUCCESS


WRONG = [
    ((b"abc",), b"wrong request header"),
    ((b"\x02T\x01\0\0\0\0",), b"wrong request header"),
    ((b"\x02Z\x01\0\0\0",), b"Request not recognized"),
    ((b"\x02N\x01\0\0\0",), b"Request not recognized"),
    ((b"\x02B\x01\0\0\0",), b"must be 2 parts message"),
    ((b"\x02r\x01\0\0\0",), b"must be 2 parts message"),
    ((b"\x02I\x01\0\0\0", b"{}", b"{}"), b"must be 2 parts message"),
    ((b"\x02R\x01\0\0\0", b'{"uid": 9999, "position": 0}'), b"Node ID not found"),
    ((b"\x02I\x01\0\0\0", b"\xff\xfe"), None),
    ((b"\x02I\x01\0\0\0", b"[" * 100_000), None),
    ((b"\x02I\x01\0\0\0", b'{"uid": -1}'), None),
    ((b"\x02R\x01\0\0\0", b'{"uid": 1e999, "position": 0}'), None),
    ((b"\x02U\x01\0\0\0", b'{"uid": 1, "position": 7}'), None),
]


def test_wrong_requests_are_answered_as_errors_and_change_nothing(published):
    published.start()
    for parts, message in WRONG:
        reply = published.client.send(*parts)
        assert reply[0] == b"error", parts
        assert message in (None, reply[1])
    assert published.client.ask("D")[1] == b"[]"


def test_clients_that_hang_or_send_noise_do_not_delay_a_run(published):
    port, idle = published.port, zmq.Context()
    clients = [idle.socket(zmq.DEALER) for _ in range(5)]
    for client in clients:  # each asks and never reads
        client.connect(f"tcp://127.0.0.1:{port}")
        for _ in range(50):
            client.send_multipart([b"", b"\x02T\x01\0\0\0"])
    with socket.create_connection(("127.0.0.1", port)) as noise:
        noise.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
        began = time.perf_counter()
        published.start()
        assert published.end().outcome is Outcome.SUCCESS
        assert time.perf_counter() - began < 20
    for client in clients:
        client.close(linger=0)
    idle.destroy(linger=0)
    assert published.client.tree().tag == "root"


def test_a_server_answers_and_ends_whatever_was_sent_within_the_handshake(published):
    """A socket may tell of a message and have none, and is closed by the thread that uses it."""
    draws, greeting = random.Random(1), b"\xff" + bytes(8) + b"\x7f\x03\0NULL" + bytes(48)
    kept = []
    for _ in range(60):
        noise = [b"", draws.randbytes(draws.randrange(1, 3000)), greeting + draws.randbytes(20)]
        kept.append(socket.create_connection(("127.0.0.1", published.port), timeout=10))
        kept[-1].sendall(draws.choice(noise))
        if draws.random() < 0.6:
            kept.pop().close()
    published.start()
    assert published.end().outcome is Outcome.SUCCESS
    again = Client(published.port)
    assert again.tree().tag == "root"
    again.close()
    published.publisher.__exit__(None, None, None)
    assert not [one for one in threading.enumerate() if one.name == "groot"]
    for one in kept:
        one.close()


def test_a_thousand_silent_connections_do_not_use_up_the_files_of_a_run(published):
    silent, files = [], len(os.listdir("/dev/fd"))
    for _ in range(1000):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", published.port))
        silent.append(one)
    published.start()
    assert published.end().outcome is Outcome.SUCCESS
    assert published.client.tree().tag == "root"
    assert len(os.listdir("/dev/fd")) - files - len(silent) <= 150
    for one in silent:
        one.close()


def test_numbers_that_messagepack_does_not_have_are_sent_as_text(published):
    published.start()
    published.robot.runs.current.run.compiled.boards[""].key("big").content = 2**70
    (name,) = [tree.get("ID") for tree in published.client.tree() if tree.get("_fullpath") == ""]
    packed = published.client.ask("B", name.encode())[1]
    assert msgpack.unpackb(packed)[name]["big"] == str(2**70)


def test_a_port_in_use_is_named(published):
    with pytest.raises(InputError, match="unusable-port"):
        GrootPublisher(published.robot, published.port)


BTCPP = """<root BTCPP_format="4"><BehaviorTree ID="Main"><Sequence name="top">
<Script code="x := 3; s := 'abc'"/><Sleep msec="1" name="nap"/></Sequence></BehaviorTree></root>"""
HOOK = {"uid": 2, "mode": 1, "once": False, "enabled": True, "desired_status": "SUCCESS"}
ASKED = [
    ("I", json.dumps({**HOOK, "position": 0}).encode()),
    (
        "I",
        json.dumps([{**HOOK, "uid": 1, "position": 1}, {**HOOK, "uid": 3, "position": 0}]).encode(),
    ),
    ("I", json.dumps({**HOOK, "uid": 999, "position": 0}).encode()),
    ("D",),
    ("R", b'{"uid": 3, "position": 0}'),
    ("R", b'{"uid": 3, "position": 0}'),
    ("X",),
    ("D",),
    ("A",),
    ("D",),
    ("U", b'{"uid": 2, "position": 0, "desired_status": "SKIPPED", "remove_when_done": true}'),
    ("B", b""),
    ("B", b"no_such_tree"),
    ("B",),
    ("r",),
    ("r", b"start"),
    ("r", b"stop"),
    ("r", b"other"),
    ("t",),
    ("Z",),
    ("N",),
    ("S", b"one part too many"),
]


def shape(reply):
    """Return a reply without the tree's id and the time."""
    if reply[0] == b"error":
        return reply
    rest = [b"a number" if part.isdigit() else part for part in reply[1:]]
    return [reply[0][:6], len(reply[0]), *rest]


@pytest.mark.slow
def test_replies_are_those_of_the_publisher_of_behaviortree_cpp(published):
    """Replies are compared byte for byte; hooks dumps in any order."""
    cpp = pytest.importorskip("behaviortreepy")
    factory = cpp.BehaviorTreeFactory()
    factory.register_behavior_tree_from_text(BTCPP)
    port = free_port()
    tree = factory.create_tree("Main")
    publisher = cpp.Groot2Publisher(tree, port)
    theirs, ours = Client(port), published.start().client
    for asked in ASKED:
        expected, got = shape(theirs.ask(*asked)), shape(ours.ask(*asked))
        if asked[0] == "D":
            dumps = [json.loads(reply[2]) for reply in (expected, got)]
            for dump in dumps:
                dump.sort(key=lambda hook: (hook["uid"], hook["position"]))
            assert dumps[0] == dumps[1], asked
            kept = json.dumps(json.loads(got[2]), separators=(",", ":"), sort_keys=True)
            assert got[2] == kept.encode()
        elif asked[0] == "S":
            assert len(expected[2]) % 3 == len(got[2]) % 3 == 0
        else:
            assert expected == got, asked
    roots = [ElementTree.fromstring(client.ask("T")[1]) for client in (theirs, ours)]
    for root in roots:
        assert root.attrib == {"BTCPP_format": "4"}
        assert [child.tag for child in root][-1] == "TreeNodesModel"
        assert set(root[0].attrib) == {"ID", "_fullpath"}
        assert {"name", "_uid"} <= set(root[0][0].attrib)
    theirs.close()
    del publisher, tree


@pytest.mark.slow
def test_btview_shows_a_run(published):
    client_module = pytest.importorskip("btview.client")
    published.start()
    client = client_module.Groot2Client(port=published.port, timeout_ms=10_000)
    tree = client.fetch_tree()
    states = client.poll().statuses
    assert {node.uid for node in tree.walk()} >= set(states) - {0}
    assert published.end().outcome is Outcome.SUCCESS
    assert client.poll().statuses[1].status.name == "SUCCESS"
    client.close()
