"""Models see the robot through MCP: they plan and stop; a person approves."""

import asyncio
import base64
import json
import os
import re
import subprocess
import sys

import pytest

pytest.importorskip("mcp", reason="needs the extra mcp")

import httpx2
import mcp_types as types
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from treehand.cli.commands.run.approve import _hash as checked_hash
from treehand.core.errors import InputError
from treehand.web.mcp.mcp_server import McpServer

pytestmark = pytest.mark.slow
TREE = "tree: ask\nroot:\n  ask: {question: Is it clear?, options: [go on, leave]}\n"
WORDS = "put the red mug in the sink"
TOOLS = ["understand", "plan", "verify", "run", "status", "facts"]
TOOLS += ["look", "wait", "explain", "stop"]


def over_http(served, session, *, token=None, mode="auto", **host):
    """Return what a session with the official client gives; its token may be named."""

    async def whole():
        bearer = token or served.server.viewers.admit("Helper")[1]
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {bearer}"}, timeout=60)
        async with http, Client(
            streamable_http_client(f"{served.url}/mcp", http_client=http), mode=mode, **host
        ) as client:  # fmt: skip
            return await session(Tools(client))

    return asyncio.run(whole())


def over_stdio(folder, session, *, mode="auto"):
    """Return what a session over standard input and output gives, and what the server told."""
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = ["-m", "treehand", "serve", "--mcp", "--port", "0", "--workspace", "runs"]
    server = StdioServerParameters(command=sys.executable, args=command, env=env, cwd=folder)

    async def whole():
        with (folder / "told").open("w") as told:
            async with Client(stdio_client(server, errlog=told), mode=mode) as client:
                return await session(Tools(client), folder / "told")

    return asyncio.run(whole())


class Tools:
    """Calls of tools."""

    def __init__(self, client):
        self.client = client

    async def names(self):
        return [tool.name for tool in (await self.client.list_tools()).tools]

    async def use(self, name, **arguments):
        told = await self.client.call_tool(name, arguments)
        assert told.content[0].type == "text"
        assert not told.is_error, told.content[0].text
        return told.structured_content

    async def fail(self, name, **arguments):
        told = await self.client.call_tool(name, arguments)
        assert told.is_error, told.content[0].text
        return told.structured_content["error"]["code"]


@pytest.fixture
def served(own):
    return own(protocol=McpServer)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_person_approves_what_a_model_asks_for(served, mode):
    ada = served.client("Ada", controls=True)

    async def session(tools):
        assert await tools.names() == TOOLS
        read = await tools.use("understand", text=WORDS)
        assert (read["kind"], read["literals"]) == ("goal", ["in(red_mug, sink)"])
        plan = await tools.use("plan", text=WORDS)
        assert plan["steps"] == ["pick(red_mug)", "put_in(red_mug, sink)"]
        assert (await tools.use("verify", hash=plan["hash"]))["is_proven"]
        asked = await tools.use("run", hash=plan["hash"])
        assert (asked["kind"], asked["approve_at"]) == ("pending-approval", served.url)
        status = await tools.use("status")
        assert (status["work"], status["waits_for_approval"]) == ("idle", plan["hash"])
        assert status["run"] is None
        shown = await asyncio.to_thread(ada.state)
        assert shown["proposal"]["hash"] == plan["hash"]
        assert shown["proposal"]["by"] == "Helper (an assistant)"
        assert (await asyncio.to_thread(ada.approve, plan["hash"])).status_code == 200
        begun = await asyncio.to_thread(ada.post, "runs", {"hash": plan["hash"]})
        assert begun.status_code == 202
        await asyncio.to_thread(ada.ended)
        assert (await tools.use("run", hash=plan["hash"]))["kind"] == "run"
        status = await tools.use("status")
        assert (status["run"], status["last_outcome"]) == ("0001", "success")
        facts = await tools.use("facts", about="red_mug")
        assert "in(red_mug, sink)" in {one["fact"] for one in facts["facts"] if one["value"]}
        told = await tools.use("explain", question="what did it do?")
        assert told["run"] == "0001"
        assert told["lines"]

    over_http(served, session, mode=mode)


def test_the_tools_hold_over_standard_input(tmp_path):
    async def session(tools, told):
        assert await tools.names() == TOOLS
        plan = await tools.use("plan", text=WORDS)
        asked = await tools.use("run", hash=plan["hash"])
        assert asked["kind"] == "pending-approval"
        said = told.read_text()
        assert f"asks to run plan {plan['hash']}" in said
        code = re.search(r"code (\S+)", said)[1]
        command = [sys.executable, "-m", "treehand", "approve", plan["hash"], "--yes"]
        command += ["--url", asked["approve_at"], "--code", code]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        assert "run 0001 began" in done.stdout, done.stderr
        assert "1. pick(red_mug)" in done.stdout
        stopped = await tools.use("stop", reason="a child comes in")
        assert stopped["kind"] == "stopped"
        assert (await tools.use("status"))["stops"]

    over_stdio(tmp_path, session)


def test_a_token_that_a_model_used_never_gets_control(served):
    ada = served.client("Ada", controls=True)
    plan = ada.plan()

    async def session(tools):
        assert await tools.fail("plan", text="open the fridge") == "person-first"

    over_http(served, session, token=ada.token)
    for answer in (ada.post("control"), ada.post("invitations")):
        assert (answer.status_code, answer.json()["code"]) == (403, "agent")
    assert ada.approve(plan).json()["code"] == "not-in-control"
    assert ada.get("state").status_code == 200


def test_bad_calls_are_told_to_the_model(served):
    async def session(tools):
        assert await tools.fail("plan") == "wrong-arguments"
        assert await tools.fail("plan", text="") == "wrong-arguments"
        assert await tools.fail("plan", text="x" * 5000) == "wrong-arguments"
        assert await tools.fail("plan", text=WORDS, force=True) == "wrong-arguments"
        assert await tools.fail("plan", text="x", question="nothing") == "unknown-question"
        assert await tools.fail("run", hash="0" * 16) == "unknown-plan"
        assert await tools.fail("run", hash="../../etc") == "unknown-plan"
        assert await tools.fail("verify", hash=7) == "wrong-arguments"
        assert await tools.fail("explain", run="9999") == "unknown-run"
        assert await tools.fail("explain", run="../1") == "unknown-run"
        first = await tools.use("plan", text=WORDS)
        await tools.use("plan", text="open the fridge")
        assert await tools.fail("run", hash=first["hash"]) == "stale-approval"
        with pytest.raises(MCPError, match="there is no tool 'approve'"):
            await tools.client.call_tool("approve", {"hash": first["hash"]})

    over_http(served, session)


def test_a_question_goes_to_the_person(served):
    async def session(tools):
        asked = await tools.use("plan", text="put the mug in the sink")
        assert asked["kind"] == "question"
        assert await tools.fail("plan", text="neither", question=asked["id"]) == "wrong-answer"
        plan = await tools.use("plan", text=asked["options"][0], question=asked["id"])
        assert plan["kind"] == "plan"

    over_http(served, session)


def test_a_question_goes_to_the_person_past_the_model_where_the_host_can_ask(served):
    asked = []

    async def answer(context, params):
        asked.append((params.message, params.requested_schema["properties"]["answer"]["enum"]))
        return types.ElicitResult(action="accept", content={"answer": asked[0][1][1]})

    async def session(tools):
        plan = await tools.use("plan", text="put the mug in the sink")
        assert plan["kind"] == "plan"
        assert len(asked) == 1
        assert asked[0][1][1].split()[0] in plan["steps"][0]

    over_http(served, session, mode="legacy", elicitation_callback=answer)


def test_a_person_who_declines_leaves_the_question_to_the_model(served):
    async def decline(context, params):
        return types.ElicitResult(action="decline")

    async def session(tools):
        assert (await tools.use("plan", text="put the mug in the sink"))["kind"] == "question"

    over_http(served, session, mode="legacy", elicitation_callback=decline)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_model_waits_for_the_end_of_a_run_and_reads_its_documents(served, mode):
    ada = served.client("Ada", controls=True)
    (served.folder / "files" / "ask.tree.yaml").write_text(TREE)

    async def read(tools, name):
        return (await tools.client.read_resource(f"treehand://{name}")).contents[0]

    async def session(tools):
        idle = await tools.use("wait", timeout_s=60)
        assert (idle["is_changed"], idle["work"]) == (False, "idle")
        plan = await tools.use("plan", text=WORDS)
        began = asyncio.create_task(tools.use("wait", timeout_s=60))
        await asyncio.to_thread(ada.approve, plan["hash"])
        await asyncio.to_thread(ada.post, "runs", {"hash": plan["hash"]})
        assert (await began)["is_changed"]
        while (status := await tools.use("wait", timeout_s=60))["work"] == "running":
            assert status["question"] is None, "nobody is here to answer"
        assert status["last_outcome"] == "success"
        listed = {str(one.uri) for one in (await tools.client.list_resources()).resources}
        assert {"treehand://status", "treehand://runs/0001/journal"} <= listed
        assert "treehand://files/ask.tree.yaml" in listed
        journal = (await read(tools, "runs/0001/journal")).text.splitlines()
        assert json.loads(journal[-1])["event"]["event"] == "run-ended"
        assert json.loads((await read(tools, "runs/0001/tree")).text)["root"]
        assert "pick" in json.loads((await read(tools, "domain")).text)["skills"]
        assert (await read(tools, "files/ask.tree.yaml")).text == TREE
        prompt = await tools.client.get_prompt("explain_run", {"run": "0001"})
        assert "pick(red_mug)" in prompt.messages[0].content.text
        ref = types.PromptReference(type="ref/prompt", name="explain_run")
        found = await tools.client.complete(ref, {"name": "run", "value": "1"})
        assert found.completion.values == ["0001"]
        template = types.ResourceTemplateReference(
            type="ref/resource", uri="treehand://files/{+file}"
        )
        found = await tools.client.complete(template, {"name": "file", "value": "ask"})
        assert found.completion.values == ["ask.tree.yaml"]

    over_http(served, session, mode=mode)


@pytest.mark.filterwarnings("ignore:resources/.*subscribe is removed")
def test_a_change_of_the_status_is_told_to_who_subscribed(served):
    ada = served.client("Ada", controls=True)

    told = asyncio.Event()

    async def hear(message):
        if isinstance(message, types.ResourceUpdatedNotification):
            assert str(message.params.uri) == "treehand://status"
            told.set()

    async def session(tools):
        await tools.client.subscribe_resource("treehand://status")
        await asyncio.to_thread(ada.post, "stop", {"reason": "a child"})
        await asyncio.wait_for(told.wait(), 30)
        await tools.client.unsubscribe_resource("treehand://status")

    over_http(served, session, mode="legacy", message_handler=hear)


def test_a_change_of_the_status_is_told_to_who_listens(served):
    ada = served.client("Ada", controls=True)

    async def session(tools):
        async with tools.client.listen(resource_subscriptions=["treehand://status"]) as changes:
            await asyncio.to_thread(ada.post, "stop", {"reason": "a child"})
            change = await asyncio.wait_for(anext(changes), 30)
            assert change.uri == "treehand://status"

    over_http(served, session)


def test_a_model_sees_what_a_camera_sees(served):
    async def session(tools):
        seen = await tools.client.call_tool("look", {})
        assert seen.structured_content["camera"] == "overhead"
        assert seen.content[1].mime_type.startswith("image/")
        assert base64.b64decode(seen.content[1].data)[:3] in (b"\xff\xd8\xff", b"\x89PN")
        prompt = await tools.client.get_prompt("look_around", {})
        assert [one.content.type for one in prompt.messages] == ["image", "resource", "text"]
        picture = await tools.client.read_resource("treehand://cameras/overhead")
        assert picture.contents[0].blob

    over_http(served, session)


@pytest.mark.parametrize(
    "uri",
    [
        "treehand://nothing",
        "treehand://runs/9999/journal",
        "treehand://runs/..%2F1/tree",
        "treehand://files/../secret.tree.yaml",
        "treehand://files/%2Fetc%2Fpasswd",
        "treehand://cameras/none",
        "file:///etc/passwd",
    ],
)
def test_no_document_stands_at_other_addresses(served, uri):
    async def session(tools):
        with pytest.raises(MCPError):
            await tools.client.read_resource(uri)

    over_http(served, session)


def test_bad_prompts_and_looks_are_told(served):
    async def session(tools):
        assert await tools.fail("look", camera="none") == "unknown-camera"
        assert await tools.fail("wait", timeout_s=1e9) == "wrong-arguments"
        prompts = {one.name for one in (await tools.client.list_prompts()).prompts}
        assert prompts == {"do", "explain_run", "write_tree", "look_around"}
        for name, given in (("do", {}), ("none", {}), ("explain_run", {"run": "9999"})):
            with pytest.raises(MCPError):
                await tools.client.get_prompt(name, given)
        for name, given in (("do", {"wish": WORDS}), ("write_tree", {"task": "wash up"})):
            assert (await tools.client.get_prompt(name, given)).messages

    over_http(served, session)


def test_a_read_only_server_lets_a_model_look_and_stop(own):
    async def session(tools):
        for name in ("understand", "plan"):
            assert await tools.fail(name, text=WORDS) == "read-only"
        assert await tools.fail("run", hash="0" * 16) == "read-only"
        assert (await tools.use("facts"))["count"]
        assert (await tools.use("stop"))["kind"] == "stopped"

    over_http(own(protocol=McpServer, is_read_only=True), session)


def test_every_tool_is_described_for_a_model(served):
    async def session(tools):
        for tool in (await tools.client.list_tools()).tools:
            assert len(tool.description) > 80, tool.name
            assert tool.input_schema["additionalProperties"] is False
            for name, one in tool.input_schema["properties"].items():
                assert one["description"], f"{tool.name}.{name}"
            assert tool.annotations.destructive_hint is False

    over_http(served, session)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": ""}, 401, "no-token"),
        ({"Authorization": "Bearer wrong"}, 401, "no-token"),
        ({"Host": "evil.example"}, 421, "wrong-host"),
        ({"Origin": "http://evil.example"}, 403, "wrong-origin"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "wrong-origin"),
    ],
)
def test_mcp_stands_behind_the_same_checks(served, headers, status, code):
    ada = served.client()
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    answer = ada.http.post("/mcp", json=hello, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_server_without_mcp_has_no_such_path(own):
    answer = own().client().http.post("/mcp", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-path")


@pytest.mark.parametrize("text", ["", "../x", "a/b", "ä", "x" * 65])
def test_approve_takes_hashes_only(text):
    with pytest.raises(InputError, match="wrong-hash"):
        checked_hash(text)
