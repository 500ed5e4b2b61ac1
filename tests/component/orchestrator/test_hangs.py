"""Skills that hang under a limit that nobody has set: a person learns it at the second hang."""

from dataclasses import replace

import pytest

from tests.driving import Session
from treehand.core.events import SkillStarted, StepRefused, TimedOut
from treehand.orchestrator.running.recovering.recovery_levels import AGAIN, STOP
from treehand.orchestrator.running.result import Outcome
from treehand.skills import HaltStep, Skill, SkillDefinition, SkillStep
from treehand.trees import parse_tree


class Hanging(Skill):
    """A skill that never ends."""

    def __init__(self, context):
        self._clock = context.clock

    def start(self):
        pass

    def step(self):
        return SkillStep.running(self._clock.now_s() + 1.0)

    def halt(self):
        return HaltStep.DONE


class Answers:
    """A person with these answers, and then none."""

    def __init__(self, *answers):
        self.answers, self.questions = list(answers), []

    def ask(self, question):
        self.questions.append(question.text)
        return self.answers.pop(0) if self.answers else None


def without_timeout(deployment, name, hangs=lambda call, begun: True):
    """Return a deployment whose skill has no declared limit, and hangs in some activations."""
    model = deployment.domain.skills[name].model_copy(update={"timeout": None})
    own = deployment.catalog.find(name, "kitchen").factory
    begun = []

    def factory(context):
        begun.append(str(context.call))
        return Hanging(context) if hangs(context.call, begun) else own(context)

    skills = {**deployment.domain.skills, name: model}
    return replace(
        deployment,
        domain=deployment.domain.model_copy(update={"skills": skills}),
        catalog=deployment.catalog.rebound(SkillDefinition(name, factory)),
    )


def driven(deployment, goal, person=None, tree=None):
    """Return result and events of a run."""
    session, events = Session(deployment, person=person), []
    session.watch(events.append)
    goal = session.understand(goal)
    plan = (
        session.plan_tree(parse_tree(tree, file="own.tree.yaml"), {}, goal)
        if tree
        else session.plan(goal)
    )
    result = session.execute(plan, approved_by="a test")
    session.close()
    return result, events


def of(events, kind):
    return [str(event.call) for event in events if isinstance(event, kind)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("pick", "put the red mug in the sink"),
        ("put_in", "put the red mug in the sink"),
        ("open", "put the blue mug in the sink"),  # looked for in several places
        ("wipe", "wipe the table"),
    ],
)
def test_the_second_hang_of_a_skill_is_put_to_a_person(deployment, name, goal):
    result, events = driven(without_timeout(deployment, name), goal)
    assert len(of(events, TimedOut)) == 2
    assert result.outcome is Outcome.CLARIFY
    assert f"; '{name}' hung twice in a row, and no timeout is declared" in result.message


def test_a_person_may_have_it_tried_again_or_stop(deployment):
    person = Answers(AGAIN, STOP)
    own = without_timeout(deployment, "pick")
    result, events = driven(own, "put the red mug in the sink", person)
    assert len(of(events, TimedOut)) == 4
    assert len(person.questions) == 2
    assert all("'pick' hung twice in a row" in text for text in person.questions)
    assert result.outcome is Outcome.FAILURE
    assert result.message.endswith("; stopped by the person")


def test_a_skill_that_hangs_now_and_then_is_tried_again(deployment):
    hung = []

    def hangs(call, begun):
        is_first = str(call) not in hung
        hung.append(str(call))
        return is_first

    own = without_timeout(deployment, "pick", hangs)
    goal = "put the red mug in the sink and put the apple in the fridge"
    result, events = driven(own, goal)
    assert sorted(of(events, TimedOut)) == ["pick(apple)", "pick(red_mug)"]
    assert result.outcome is Outcome.SUCCESS


EITHER = """
tree: either
root:
  sequence:
    - fallback: [{do: go_to(table)}, {do: go_to(sink)}, {do: go_to(counter)}, {do: look_for(apple)}]
    - {do: go_to(stove), timeout: 30 s}
"""


def test_alternatives_are_still_tried_and_a_limit_of_the_tree_counts_for_itself(deployment):
    own = without_timeout(deployment, "go_to", lambda call, begun: "stove" not in str(call))
    result, events = driven(own, "go to the stove", tree=EITHER)
    assert of(events, TimedOut) == ["go_to(table)", "go_to(sink)"]
    assert of(events, StepRefused) == ["go_to(counter)"]
    assert of(events, SkillStarted)[2:] == ["look_for(apple)", "go_to(stove)"]
    assert result.outcome is Outcome.SUCCESS
