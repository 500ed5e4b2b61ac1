"""What a report holds of a run: events, trees, pictures."""

import json
import re
from itertools import pairwise

import numpy as np

from treehand.core.events import Planned, RunStarted
from treehand.scenarios.format.files import Deployments, load_variants
from treehand.scenarios.reports.html import Page, inline_data, page
from treehand.scenarios.running.cases import Case, run_case
from treehand.scenarios.running.run_replay import MAX_PICTURES, RunReplay
from treehand.scenarios.suites.verdicts import judge

DROPPED = """scenario: the mug </script><b> is dropped
goal: put the red mug in the sink
faults:
  - {at: "pick(red_mug)", inject: grasp-dropped}
expect: {outcome: failure}
"""


class Shown:
    """A world that can be filmed."""

    def film(self, every_s, size, sink):
        for number in range(500):
            sink(number * every_s, np.full((*size, 3), number % 256, np.uint8))


def test_pictures_are_thinned_evenly():
    replay = RunReplay()
    replay.film(Shown())
    taken = [time_s for time_s, _ in replay._pictures]
    assert MAX_PICTURES / 2 <= len(taken) <= MAX_PICTURES
    assert len({round(b - a, 6) for a, b in pairwise(taken)}) <= 2
    assert taken[0] == 0.0
    assert taken[-1] > 230.0


def test_a_report_holds_the_run_for_its_scrubber(tmp_path):
    path = tmp_path / "a.scenario.yaml"
    path.write_text(DROPPED)
    (variant,) = load_variants(path)
    report = run_case(Case(variant, 0, draws=True))
    html = page(Page("title", "summary", [judge(variant, [report])]))
    (held,) = re.findall(r'<script type="application/json" id="replay-s1">(.*?)</script>', html)
    data = json.loads(held)
    kinds = [entry["event"]["event"] for entry in data["entries"]]
    assert (kinds[0], kinds[-1]) == ("run-started", "run-ended")
    assert data["trees"][0]["root"]["path"] == "put the red mug in the sink"
    assert data["pictures"] == []


def test_no_text_of_a_run_ends_its_script():
    text = json.dumps({"a": "</script><!--&amp;"})
    assert "<" not in inline_data(text)
    assert json.loads(inline_data(text)) == json.loads(text)


def test_hidden_characters_of_a_run_are_escapes_in_a_report(tmp_path):
    path = tmp_path / "a.scenario.yaml"
    path.write_text(DROPPED)
    (variant,) = load_variants(path)
    case = Case(variant, 0, draws=True)
    replay = RunReplay()
    replay.take(
        RunStarted(
            t_s=0.0, goal="a\u202eb", world="w", scene="s", domain="d", seed=0, recovery=True
        )
    )
    for event in json.loads(run_case(case).replay)["entries"]:
        if event["event"]["event"] == "planned":
            replay.take(Planned.model_validate(event["event"]))
    deployment = Deployments().of(variant)
    document = replay.document(deployment.library, deployment.domain.skills, has_pictures=False)
    assert json.loads(document)["entries"][0]["event"]["goal"] == "a\\u202eb"
