"""`check_skill` finds a thread of a skill that goes on after the halt."""

from dataclasses import replace

from tests.hostile import HOSTILE, Record
from treehand.authoring.skill_check import check_call
from treehand.orchestrator.config.deployment import Deployment
from treehand.skills import SkillDefinition
from treehand.skills.domain import parse_call


def test_a_thread_that_outlives_the_halt_is_found():
    deployment = Deployment.load(looks_here=False)
    record = Record()
    own = SkillDefinition("open", lambda context: HOSTILE["own thread"](context, record))
    checks = check_call(
        replace(deployment, catalog=deployment.catalog.rebound(own)),
        parse_call("open(fridge)"),
        seeds=1,
    )
    problems = {check.name: check.problem for check in checks}
    assert "were refused" in problems["what was halted commands nothing"]
