"""What the tree asks people: questions, confirmations, and who answers them."""

from dataclasses import replace

import pytest

from tests.conftest import planned
from tests.driving import Session
from treehand.core.errors import InputError
from treehand.core.events import QuestionAnswered, QuestionAsked, SkillStarted
from treehand.orchestrator.people.approval import Approval, ApprovalPolicy, ApprovalRequest
from treehand.orchestrator.people.person import ScriptedPerson
from treehand.orchestrator.store.workspace import Workspace
from treehand.skills.domain.model import Hazard
from treehand.trees import check_tree, parse_tree

ASK = """
tree: ask
domain: kitchen
params: {item: movable}
root:
  sequence:
    - ask: {question: "Is {item} still good?", options: [keep, discard], default: keep}
      out: {answer: verdict}
    - fallback:
        - check: verdict == keep
        - do: go_to(bin)
"""


def run_tree(deployment, text, answers, arguments=None, **options):
    person = ScriptedPerson(answers)
    session = Session(deployment, person=person, **options)
    events = []
    session.watch(events.append)
    plan = session.plan_tree(parse_tree(text, file="ask.tree.yaml"), arguments or {})
    session.announce(plan.goal, plan)
    result = session.execute(plan, approved_by="test")
    session.close()
    return result, events, person


@pytest.mark.parametrize(
    ("answers", "calls"),
    [(["keep"], []), (["discard"], ["go_to(bin)"]), ([], [])],
)
def test_an_answer_decides_the_branch(deployment, answers, calls):
    result, events, person = run_tree(deployment, ASK, answers, {"item": "apple"})
    assert person.questions == ["Is apple still good?"]
    assert [str(e.call) for e in events if isinstance(e, SkillStarted)] == calls
    assert result.outcome == "success"
    answered = next(e for e in events if isinstance(e, QuestionAnswered))
    assert answered.is_default is (not answers)


GO = """
tree: go
domain: kitchen
root:
  sequence:
    - ask: {question: Shall it go on?}
    - do: go_to(table)
"""


@pytest.mark.parametrize(
    ("answers", "outcome", "code"),
    [(["yes"], "success", None), (["no"], "refused", "refused"), ([], "clarify", "not-answered")],
)
def test_without_an_entry_the_first_option_means_go_on(deployment, answers, outcome, code):
    result, events, _ = run_tree(deployment, GO, answers)
    assert result.outcome == outcome
    assert (result.failure.code if result.failure else None) == code
    asked = next(e for e in events if isinstance(e, QuestionAsked))
    assert asked.path == "sequence/ask: Shall it go on?"


BOTH = """
tree: both
domain: kitchen
root:
  parallel:
    - do: go_to(table)
    - ask: {question: Fine?}
"""


def test_the_robot_is_at_rest_when_a_person_is_asked(deployment):
    """A question waits for the step that runs beside it."""
    _, events, _ = run_tree(deployment, BOTH, ["yes"])
    kinds = [event.event for event in events]
    assert kinds.index("question-asked") > kinds.index("skill-ended")


def test_a_picture_of_what_the_robot_sees_comes_with_the_question(deployment, tmp_path):
    text = GO.replace("{question: Shall it go on?}", "{question: Fine?, picture: true}")
    workspace = Workspace(tmp_path / "runs")
    _, events, _ = run_tree(deployment, text, ["yes"], workspace=workspace)
    asked = next(e for e in events if isinstance(e, QuestionAsked))
    picture = (tmp_path / "runs" / "0001.pictures" / "question_1.png").read_bytes()
    assert asked.picture.endswith("question_1.png")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture[16:24] == (320).to_bytes(4, "big") + (240).to_bytes(4, "big")


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ("ask: {question: Fine?, options: [yes]}", "wrong-value"),
        ("ask: {question: Fine?, options: [a, a]}", "unknown-option"),
        ("ask: {question: Fine?, default: maybe}", "unknown-option"),
        ("ask: {question: Fine?}\n  unless: 3", "wrong-syntax"),
        ("ask: {question: Fine?}\n  in: {a: b}", "node-kind"),
        ("ask: {question: Fine?, deadline: 5}", "wrong-duration"),
        ("ask: {options: [a, b]}", "missing-key"),
    ],
)
def test_a_question_that_is_none_is_refused(node, code):
    with pytest.raises(InputError) as caught:
        parse_tree(f"tree: t\nroot:\n  {node}\n", file="t.tree.yaml")
    (finding,) = caught.value.findings
    assert finding.span is not None
    assert finding.code == code


def test_what_a_question_names_must_be_there(deployment):
    text = ASK.replace("{item} still", "{itm} still").replace("{answer: verdict}", "{reply: x}")
    text = text.replace("verdict == keep", "verdict == 3")
    tree = parse_tree(text, file="ask.tree.yaml")
    found = check_tree(tree, deployment.domain, deployment.vocabulary, deployment.library)
    codes = {finding.code for finding in found}
    assert codes >= {"unknown-object", "unknown-port"}


# Approval.


@pytest.fixture
def plans(deployment):
    session = Session(deployment)
    texts = ("put the apple in the fridge", "throw the can away", "open the fridge")
    return [planned(session, text) for text in texts]


@pytest.mark.parametrize(
    ("policy", "covers"),
    [
        (ApprovalPolicy.ALWAYS, (True, False, False)),
        (ApprovalPolicy.CHANGED_ONLY, (True, False, True)),
        (ApprovalPolicy.IRREVERSIBLE_ONLY, (True, False, True)),
        (ApprovalPolicy.NEVER, (True, True, True)),
    ],
)
def test_the_policy_says_which_changed_plans_are_asked_about(plans, policy, covers):
    approved = Approval(plans[0], policy)
    assert tuple(approved.covers(plan) for plan in plans) == covers
    assert Approval(plans[0], policy, frozenset({plans[1].hash})).covers(plans[1])


def test_a_question_names_only_what_is_new(plans):
    apple, can, _ = plans
    new = Approval(apple, ApprovalPolicy.CHANGED_ONLY).new_steps(can)
    assert list(map(str, new)) == ["pick(can)", "throw_away(can, bin)"]
    final = Approval(apple, ApprovalPolicy.IRREVERSIBLE_ONLY).new_steps(can)
    assert list(map(str, final)) == ["throw_away(can, bin)"]


# Confirmations.


@pytest.mark.parametrize(("answers", "outcome"), [(["yes"], "success"), (["no"], "refused")])
def test_a_step_that_cannot_be_undone_is_asked_about_again(deployment, answers, outcome):
    person = ScriptedPerson(answers)
    session = Session(deployment, person=person)
    plan = planned(session, "throw the can away")
    result = session.execute(plan, approved_by="a person", confirms=True)
    assert result.outcome == outcome
    assert person.questions == [
        "throw_away(can, bin) cannot be undone. It is so now: holding(can). Do it?"
    ]


def test_a_deployment_may_do_without_confirmations(deployment):
    person = ScriptedPerson([])
    session = Session(replace(deployment, approval=ApprovalRequest(confirm=False)), person=person)
    plan = planned(session, "throw the can away")
    assert session.execute(plan, approved_by="a person", confirms=True).outcome == "success"
    assert person.questions == []


@pytest.mark.parametrize(
    ("pan_is_on", "asked"), [(True, True), (False, False)], ids=["with a pan", "without"]
)
def test_a_hazardous_step_names_the_fact_that_makes_it_one(deployment, pan_is_on, asked):
    hazard = Hazard.model_validate(
        {
            "effect": "is_on(k)",
            "reason": "something may burn",
            "level": "confirm",
            "when": "on(pan, stove)",
        }
    )
    domain = deployment.domain.model_copy(update={"hazards": (hazard,)})
    facts = deployment.scene.facts
    if not pan_is_on:
        facts = tuple(f for f in facts if str(f) != "on(pan, stove)")
        facts += tuple(f for f in _facts("in(pan, sink)"))
    scene = deployment.scene.model_copy(update={"facts": facts})
    person = ScriptedPerson(["yes"])
    session = Session(replace(deployment, domain=domain, scene=scene), person=person)
    plan = planned(session, "turn on the right knob")
    assert session.planner.refusal(plan, session.world_model.planning_problem) is None
    assert session.execute(plan, approved_by="--yes").outcome == "success"
    wanted = (
        "turn_on(right_knob) makes is_on(right_knob) true: something may burn (on(pan, stove)). "
        "Do it?"
    )
    assert person.questions == ([wanted] if asked else [])


def _facts(*texts):
    from treehand.skills.domain import parse_fact

    return map(parse_fact, texts)


def test_a_hazard_with_a_condition_is_one_to_confirm():
    with pytest.raises(ValueError, match="'when' goes with an effect and 'level: confirm'"):
        Hazard.model_validate({"effect": "is_on(k)", "reason": "fire", "when": "on(pan, stove)"})


def test_an_answer_that_is_kept_must_be_one_that_can_be_compared(deployment):
    tree = parse_tree(ASK.replace("[keep, discard]", "[keep, throw it away]"), file="a.tree.yaml")
    found = check_tree(tree, deployment.domain, deployment.vocabulary, deployment.library)
    assert [(f.code, f.span.line) for f in found if f.severity == "error"] == [
        ("unknown-option", 7)
    ]
