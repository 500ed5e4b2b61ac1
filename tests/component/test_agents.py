"""Agents of other frameworks use a robot: they look, plan and stop, and never approve."""

import json
import re
import threading
from pathlib import Path

import pytest

import treehand as th
from tests.endpoint import chunk, serving, streams, usage
from treehand.events import SkillStarted
from treehand.openai import RobotTools, function_tools


@pytest.fixture
def robot(tmp_path):
    with th.open(workspace=tmp_path) as robot:
        yield robot


def use(tools, name, **arguments):
    return json.loads(tools.use(name, arguments))


def test_an_agent_plans_and_a_person_approves(robot):
    tools = RobotTools(robot)
    said = use(tools, "plan", text="put the red mug in the sink")
    assert said["literals"] == ["in(red_mug, sink)"]
    assert "pick(red_mug)" in said["steps"]
    result = robot.run(robot.approve(tools.plans[said["hash"]], by="Ada"))
    assert result.outcome == "success"
    status = use(tools, "status")
    assert (status["is_running"], status["last_outcome"]) == (False, "success")
    assert "in(red_mug, sink)" in status["true"]
    assert use(tools, "explain", question="what did it do?")["lines"]


def test_no_tool_moves_or_approves(robot):
    names = {tool.name for tool in RobotTools(robot).tools}
    assert names == {"understand", "plan", "status", "explain", "stop"}


@pytest.mark.parametrize("tool", ["understand", "plan"])
def test_what_is_no_goal_is_told_as_what_it_is(tool, robot):
    tools = RobotTools(robot)
    assert use(tools, tool, text="put the mug in the sink")["kind"] == "question"
    assert use(tools, tool, text="put the milk on the stove and burn it")["kind"] != "plan"
    assert use(tools, tool, text="thank you")["kind"] == "answer"


def test_a_stop_by_an_agent_holds_until_a_person_lifts_it(robot):
    tools = RobotTools(robot)
    plan = robot.propose("put the red mug in the sink")
    approval = robot.approve(plan, by="Ada")
    assert use(tools, "stop", reason="smoke")["kind"] == "stopped"
    assert robot.run(approval).outcome == "refused"
    assert "smoke" in use(tools, "status")["stopped"]


BAD = {
    "unknown tool": ("approve", {"hash": "x"}, "no tool 'approve'"),
    "no arguments": ("plan", {}, "needs a text 'text'"),
    "a number": ("plan", {"text": 3}, "needs a text 'text'"),
    "not JSON": ("plan", "{", "not JSON"),
    "a list": ("plan", "[]", "not an object"),
    "no journal yet": ("explain", {"question": "why?"}, "no journal"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_of_the_model_is_told_to_it(case, robot):
    name, arguments, words = BAD[case]
    assert words in json.loads(RobotTools(robot).use(name, arguments))["error"]


def test_while_a_run_is_under_way_an_agent_can_only_look_and_stop(tmp_path):
    with th.open(workspace=tmp_path, speed=20.0) as robot:
        tools = RobotTools(robot)
        begun = threading.Event()
        robot.on(SkillStarted, lambda event: begun.set())
        approval = robot.approve(robot.propose("put the red mug in the sink"), by="Ada")
        outcome = []
        thread = threading.Thread(target=lambda: outcome.append(robot.run(approval).outcome))
        thread.start()
        assert begun.wait(20)
        assert use(tools, "status")["is_running"]
        assert "under way" in use(tools, "plan", text="open the fridge")["error"]
        use(tools, "stop", reason="enough")
        thread.join(20)
    assert outcome == ["interrupted"]


def test_an_openai_client_uses_the_tools(robot):
    openai = pytest.importorskip("openai")
    tools = RobotTools(robot)
    call = {
        "index": 0,
        "id": "a",
        "type": "function",
        "function": {"name": "plan", "arguments": '{"text": "open the fridge"}'},
    }
    with serving(
        streams(chunk(delta={"tool_calls": [call]}), chunk(finish="tool_calls"), usage(1, 1))
    ) as endpoint:
        client = openai.OpenAI(base_url=endpoint.url, api_key="x")
        with client.chat.completions.stream(
            model="m",
            messages=[{"role": "user", "content": "open the fridge"}],
            tools=function_tools(tools),
        ) as stream:
            message = stream.get_final_completion().choices[0].message
        assert endpoint.requests[0]["tools"][0]["function"]["strict"]
    (asked,) = message.tool_calls
    said = json.loads(tools.use(asked.function.name, asked.function.arguments))
    assert said["literals"] == ["is_open(fridge)"]


@pytest.mark.slow
def test_a_langchain_agent_uses_the_tools(robot):
    agents = pytest.importorskip("langchain.agents")
    chat = pytest.importorskip("langchain_openai")
    from treehand.langchain import langchain_tools

    tools = RobotTools(robot)
    call = {
        "index": 0,
        "id": "a",
        "type": "function",
        "function": {"name": "plan", "arguments": '{"text": "open the fridge"}'},
    }
    asks = streams(chunk(delta={"tool_calls": [call]}), chunk(finish="tool_calls"), usage(1, 1))
    tells = streams(chunk("There is a plan."), chunk(finish="stop"), usage(1, 1))
    with serving(asks, tells) as endpoint:
        model = chat.ChatOpenAI(model="m", base_url=endpoint.url, api_key="x", streaming=True)
        agent = agents.create_agent(model, langchain_tools(tools))
        state = agent.invoke({"messages": [{"role": "user", "content": "open the fridge"}]})
        names = [tool["function"]["name"] for tool in endpoint.requests[0]["tools"]]
    assert names == ["understand", "plan", "status", "explain", "stop"]
    assert state["messages"][-1].content == "There is a plan."
    assert json.loads(state["messages"][-2].content)["literals"] == ["is_open(fridge)"]
    assert len(tools.plans) == 1


def test_the_graph_of_the_how_to_waits_for_a_person(robot):
    """A LangGraph graph plans, waits for a person, and runs what was approved."""
    pytest.importorskip("langgraph")
    from langgraph.types import Command

    page = (Path(__file__).parents[2] / "docs/how-to/language_models.md").read_text()
    (code,) = re.findall(r"^```python\n(# graph.py\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names = {"__name__": "graph"}
    exec(compile(code, "graph.py", "exec"), names)
    graph = names["graph_of"](robot)

    def thread(name):
        return {"configurable": {"thread_id": name}}

    waiting = graph.invoke({"words": "put the red mug in the sink"}, thread("1"))
    assert waiting["__interrupt__"][0].value["literals"] == ["in(red_mug, sink)"]
    assert robot.runs.current is None
    assert graph.invoke(Command(resume=True), thread("1"))["outcome"] == "success"
    graph.invoke({"words": "put the blue mug in the sink"}, thread("2"))
    assert "outcome" not in graph.invoke(Command(resume=False), thread("2"))
    asked = graph.invoke({"words": "put the mug in the sink"}, thread("3"))
    assert asked["plan"]["kind"] == "question"
