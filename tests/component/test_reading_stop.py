"""A stop that comes while a goal is read: nothing is proposed, and nothing runs."""

import threading

from tests.endpoint import says, serving
from treehand.console import Conversation, Proposed, Said
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.store.workspace import Workspace

PLAN = {
    "status": "plan",
    "goal": [{"fact": "in", "of": {"item": "milk", "place": "fridge"}, "is": True}],
    "first": [],
    "never": [],
    "question": "",
    "options": [],
    "reason": "",
}


def test_the_answer_to_a_goal_that_was_stopped_leads_to_nothing(tmp_path, monkeypatch):
    asked, may_answer = threading.Event(), threading.Event()
    answer = says(PLAN)

    def slowly(turn):
        asked.set()
        may_answer.wait(20)
        answer(turn)

    told = []
    with serving(slowly) as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        deployment = Deployment.load(DeploymentOverrides(llm="openai:m"))
        conversation = Conversation(
            deployment, workspace=Workspace.find(tmp_path), tell=told.append
        )
        words = "I would love the milk to end up inside the fridge, if it is no trouble"
        line = threading.Thread(target=conversation.say, args=(words,))
        line.start()
        assert asked.wait(20)
        conversation.say("stop")
        may_answer.set()
        line.join(20)
        conversation.close()
    said = [message.text for message in told if isinstance(message, Said)]
    assert said[0] == "stopped: what the model answers to this leads to nothing"
    assert "the goal was dropped; nothing was moved" in said
    assert not any(isinstance(message, Proposed) for message in told)


def test_a_stop_does_not_wait_for_a_model_that_says_nothing(tmp_path, monkeypatch):
    """The line of a silent model ends at once; the next one is taken."""
    asked = threading.Event()
    told = []
    with serving(lambda turn: asked.set() or turn.ends.wait(20)) as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        deployment = Deployment.load(DeploymentOverrides(llm="openai:m"))
        conversation = Conversation(
            deployment, workspace=Workspace.find(tmp_path), tell=told.append
        )
        line = threading.Thread(target=conversation.say, args=("I would love some order here",))
        line.start()
        assert asked.wait(20)
        conversation.say("stop")
        line.join(5)
        assert not line.is_alive()
        meter = conversation.robot.parts.proposer.reader.meter
        conversation.close()
    said = [message.text for message in told if isinstance(message, Said)]
    assert "the goal was dropped; nothing was moved" in said
    assert meter.spent.tokens > 0  # an interrupted call is paid for
