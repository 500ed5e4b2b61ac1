"""The upper rungs: what needs a new approval, and how a run ends when nothing else helps."""

from dataclasses import replace

import pytest

from tests.conftest import planned
from tests.driving import Session, run_goal
from treehand.core.clock import VirtualClock
from treehand.core.errors import StorageError
from treehand.core.events import Planned, Stopped
from treehand.orchestrator.people.approval import Approval
from treehand.orchestrator.people.person import TerminalPerson
from treehand.orchestrator.running.active_plan import APPROVE, STOP
from treehand.orchestrator.running.recovering.recovery import RecoveryPolicy
from treehand.orchestrator.running.run import Run
from treehand.orchestrator.running.run_config import RecoveryState, RunServices
from treehand.planners import Infeasible
from treehand.skills import FailureCode, HaltStep, SkillCatalog, SkillDefinition, SkillStep
from treehand.skills.domain import parse_call
from treehand.trees import Failure, PersonQuestion, parse_tree


class Replaces:
    """A planner that always finds the same other plan."""

    def __init__(self, plan):
        self._plan = plan

    def plan(self, goal, problem, *, left_s=None):
        return self._plan

    def refusal(self, plan, problem):
        return None


class Services:
    """Collaborators of a run that do what a test gives them, and nothing else."""

    def __init__(self, *, ask=None, commit=None, revise=None):
        self._ask = ask
        self._commit = commit
        self._revise = revise

    def ask(self, question):
        return self._ask(question) if self._ask else None

    def commit(self):
        if self._commit:
            self._commit()

    def revise(self, goal, why, troubles=(), facts=None):
        return self._revise(goal, why, troubles, facts) if self._revise else None

    def next_picture(self):
        return None

    def stop_found(self, reason, by):
        pass

    def robot_stopped(self, reason, by):
        pass


def services_of(one):
    return RunServices(
        person=one, journal=one, pictures=one, proposer=one, stops=one, injector=None
    )


@pytest.fixture
def harmless(session):
    return planned(session, "put the apple in the fridge")


@pytest.fixture
def final(session):
    return planned(session, "throw the can away")


def test_an_approval_covers_the_same_plan_and_ones_without_new_final_steps(
    session, harmless, final
):
    assert Approval(final).covers(final)
    assert Approval(final).covers(harmless)
    assert Approval(harmless).covers(planned(session, "open the fridge"))
    assert not Approval(harmless).covers(final)


@pytest.mark.parametrize(
    ("answer", "outcome"), [(APPROVE, None), (STOP, "clarify"), (None, "clarify")]
)
def test_a_changed_plan_with_new_final_steps_is_asked_about(
    session, harmless, final, answer, outcome
):
    asked = []

    def ask(question):
        asked.append((question.text, question.options))
        return answer

    events = []
    session.watch(events.append)
    recovery_policy = RecoveryPolicy(
        session.world_model,
        Replaces(final),
        Approval(harmless),
        Services(ask=ask),
        RecoveryState(),
    )
    verdict = recovery_policy.after(False, None)
    assert "throw_away(can, bin)" in asked[0][0]
    assert asked[0][1] == (APPROVE, STOP)
    assert (verdict.outcome if verdict else None) == outcome
    if answer == APPROVE:
        assert recovery_policy.plan is final
        assert any(isinstance(event, Planned) for event in events)


def test_without_recovery_the_first_failure_is_the_end(session, harmless):
    approved = Approval(harmless)
    recovery_policy = RecoveryPolicy(
        session.world_model,
        Replaces(harmless),
        approved,
        Services(),
        RecoveryState(),
        has_recovery=False,
    )
    failure = Failure(FailureCode.TIMEOUT, "too long", "a/b", parse_call("pick(apple)"))
    verdict = recovery_policy.after(False, failure)
    assert verdict.outcome == "failure"
    assert verdict.message == "pick(apple) timeout: too long"


def test_a_journal_that_fails_in_the_middle_stops_the_robot(session, harmless):
    written = 0

    def commit():
        nonlocal written
        written += 1
        if written == 5:
            raise StorageError("journal-unwritable", "the disk is full", "make room")

    events = []
    session.watch(events.append)
    run = Run(
        session.world_model,
        Approval(harmless),
        session.planner,
        services_of(Services(commit=commit)),
    )
    with pytest.raises(StorageError, match="disk is full"):
        run.execute()
    stopped = [event for event in events if isinstance(event, Stopped)]
    assert stopped
    assert stopped[0].acknowledged
    assert run.is_over


class Still:
    """A skill that never ends and names no time."""

    def __init__(self, context):
        self.clock = context.clock

    def start(self):
        pass

    def step(self):
        return SkillStep.running(None)

    def halt(self):
        return HaltStep.DONE


class Restless(Still):
    """A skill that asks for one tick after the other, now."""

    def step(self):
        return SkillStep.running(self.clock.now_s())


@pytest.mark.parametrize("factory", [Still, Restless])
def test_a_tree_that_makes_no_progress_is_an_error_and_the_robot_is_stopped(deployment, factory):
    free = deployment.domain.skills["pick"].model_copy(update={"timeout": None})
    skills = {**deployment.domain.skills, "pick": free}
    domain = deployment.domain.model_copy(update={"skills": skills})
    catalog: SkillCatalog = deployment.catalog.rebound(SkillDefinition("pick", factory))
    changed = replace(deployment, domain=domain, catalog=catalog)
    result = run_goal("pick up the apple", changed)
    assert result.outcome == "error"
    assert "makes no progress" in result.message


def test_a_person_at_a_terminal_answers_with_a_number_or_a_beginning():
    said, typed = [], iter(["7", "", "st", "1"])
    person = TerminalPerson(said.append, lambda prompt, deadline_s: next(typed))
    question = PersonQuestion("what now?", ("try again", "stop here"))
    assert person.ask(question) == "stop here"
    assert person.ask(question) == "try again"
    assert said.count("please give a number from 1 to 2") == 2

    def closed(prompt, deadline_s):
        raise EOFError

    assert TerminalPerson(said.append, closed).ask(PersonQuestion("?", ("a", "b"))) is None


def test_a_session_without_a_journal_has_no_run_number(deployment):
    result = run_goal("open the fridge", deployment)
    assert result.run_id is None
    assert Session(deployment, clock=VirtualClock()).run_id is None


def stuck(session, revise):
    """Return a run whose tree can only fail, and who is asked for another goal then."""
    goal = session.understand("put the apple in the fridge")
    tree = parse_tree("tree: mine\nroot: {check: is_on(right_knob)}\n", file="mine.tree.yaml")
    plan = session.plan_tree(tree, {}, goal)
    planner = Replaces(Infeasible(goal, ((goal.formula, "the fridge is gone"),)))
    services = services_of(Services(revise=revise))
    return Run(session.world_model, Approval(plan), planner, services)


def test_an_interrupt_while_a_model_is_asked_stops_the_run(session):
    def revise(goal, why, troubles, facts):
        raise KeyboardInterrupt("SIGINT")

    verdict = stuck(session, revise).execute()
    assert verdict.outcome == "interrupted"
    assert "asking a model for another goal" in verdict.message


def test_what_a_model_is_told_of_a_run(session):
    told = []

    def revise(goal, why, troubles, facts):
        told.append((goal.text, why, [sorted(trouble) for trouble in troubles]))

    verdict = stuck(session, revise).execute()
    assert verdict.outcome == "failure"
    (text, why, troubles) = told[0]
    assert text == "put the apple in the fridge"
    assert "the fridge is gone" in why
    assert troubles == [["because", "new_plan", "t_s"]]
