"""Which events of a run must be the same when it is executed again."""

import pytest

from treehand.core.events import CallOverdue, CallReturned, StepOverrun
from treehand.orchestrator.forking.reexecution import compared_events
from treehand.skills.domain import Call


@pytest.mark.parametrize(
    "event",
    [
        CallOverdue(t_s=1, subject="pick(mug)", path="a", method="step()", for_s=6.0),
        CallReturned(t_s=1, subject="pick(mug)", path="a", method="step()", after_s=9.0),
        StepOverrun(t_s=1, path="a", call=Call("pick", ("mug",)), took_s=0.2, budget_s=0.05),
    ],
    ids=lambda event: event.event,
)
def test_what_depends_on_the_wall_clock_is_not_compared(event):
    assert compared_events([event, event, event]) == []
