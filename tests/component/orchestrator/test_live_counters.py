"""Counters in the text format of Prometheus."""

from treehand.core.events import ModelCalled, RunEnded, SkillEnded
from treehand.core.literals import Call
from treehand.orchestrator.exports.live_counters import LiveCounters


def test_counters_have_help_type_and_escaped_labels():
    counters = LiveCounters()
    call = Call("pick", ("mug",))
    ended = SkillEnded(t_s=1, path="a", call=call, attempt=1, result="failure", code="timeout")
    counters.take(ended)
    counters.take(ended)
    model = 'a"b\\c\nd'
    told = {"model": model, "outcome": "answered", "latency_s": 0.25, "tokens_in": 7}
    counters.take(ModelCalled(t_s=1, purpose="goal", round=1, prompt_hash="0", **told))
    counts = {"leaves_run": 1, "failures": {}, "retries": 0, "replans": 0}
    counters.take(RunEnded(t_s=2, outcome="success", world_true=True, message="", **counts))
    lines = counters.text().splitlines()
    assert 'treehand_skills_total{skill="pick",result="failure",code="timeout"} 2' in lines
    assert 'treehand_runs_total{outcome="success"} 1' in lines
    assert "treehand_events_total 4" in lines
    assert 'treehand_model_seconds_total{model="a\\"b\\\\c\\nd"} 0.25' in lines
    assert "# TYPE treehand_skills_total counter" in lines
    assert len([line for line in lines if line.startswith("# HELP")]) == 10


def test_a_count_of_millions_keeps_its_digits():
    counters = LiveCounters()
    model = {"model": "m", "outcome": "answered", "tokens_in": 1_234_567, "latency_s": 1234567.5}
    counters.take(ModelCalled(t_s=1, purpose="goal", round=1, prompt_hash="0", **model))
    lines = counters.text().splitlines()
    assert 'treehand_model_tokens_total{model="m",direction="in"} 1234567' in lines
    assert 'treehand_model_seconds_total{model="m"} 1234567.5' in lines
