"""`treehand bench` measures any world by its files: policy, controls, recovery, late decisions."""

import json
import textwrap
from pathlib import Path

import pytest

FILES = {
    "lamps.domain.yaml": """\
        domain: lamps
        types: {lamp: }
        predicates: {lit: {params: {lamp: lamp}, phrases: ["switch {lamp} on"]}}
        skills:
          switch_on:
            params: {lamp: lamp}
            effects: ["lit(lamp)"]
            failures: {stalled: {probability: 0.3}}
            retry: {attempts: 3, on: [stalled]}
        """,
    "lamps.scene.yaml": "scene: lamps\ndomain: lamps\nobjects: {lamp: {type: lamp}}\n",
    "treehand.yaml": "world: shelf.py:Shelf\n",
    "blind.yaml": "world: shelf.py:Shelf\nbindings: {switch_on: shelf.py:miss}\n",
    "lamps.bench.yaml": """\
        benchmark: lamps
        doc: A switch that sticks.
        goal: switch the lamp on
        success: [lit(lamp)]
        run_time: 100 s
        presets: [sticky]
        slow: 450 ms
        policies:
          press: {config: treehand.yaml, role: policy, doc: scripted}
          nothing: {config: blind.yaml, role: blind, doc: presses beside it}
        claim: {success: 0.9, source: nobody}
        """,
    "shelf.py": """\
        from __future__ import annotations

        from dataclasses import dataclass

        import numpy as np

        import treehand as th
        from treehand.skills import TimedDecision, StopStatus
        from treehand.skills.domain import Fact, Facts, Percept


        @dataclass
        class Finger:
            lit: bool = False
            delay_s: float = 0.0
            presses: int = 0

            def press(self):
                self.lit = True
                self.presses += 1

            def stop(self):
                return StopStatus(True)


        @th.skill("switch_on")
        def switch_on(context, lamp):
            yield 1.0 + context.embodiment.delay_s
            if context.random.uniform("sticks") < 0.5:
                return th.FailureCode.STALLED
            context.embodiment.press()


        @th.skill("switch_on")
        def miss(context, lamp):
            yield 1.0
            return th.FailureCode.STALLED


        @th.world("shelf", domain="lamps.domain.yaml", scene="lamps.scene.yaml",
                  skills=[switch_on], is_virtual=True, presets={"sticky": "a switch that sticks"})
        class Shelf:
            \"\"\"A shelf.\"\"\"

            def __init__(self, context):
                self.embodiment, self._clock = Finger(), context.clock
                self._vocabulary = context.domain.vocabulary({"lamp": "lamp"})

            def perceive(self):
                return [Percept(Fact("lit", ("lamp",)), self.embodiment.lit, "eye",
                                self._clock.now_s())]

            def truth(self):
                facts = Facts(self._vocabulary)
                facts.observe(self.perceive())
                return facts

            def counts(self):
                return {"presses": self.embodiment.presses}

            def film(self, every_s, size, sink):
                for index in range(20):
                    sink(index * every_s, np.full((*size, 3), 10 * index, np.uint8))

            def decisions(self):
                return [TimedDecision(0.0, 0.1 + self.embodiment.delay_s)]

            def delay_decisions(self, by_s):
                self.embodiment.delay_s = by_s

            def next_event_s(self):
                return None

            def advance(self, to_s):
                pass
        """,
}


@pytest.fixture
def suite(tmp_path):
    folder = tmp_path / "suite" / "lamps"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(textwrap.dedent(text))
    return folder.parent


@pytest.mark.slow
def test_policy_recovery_late_decisions_and_controls_are_told_apart(call, suite, tmp_path):
    out = tmp_path / "episodes.jsonl"
    arguments = ["bench", "suite", "--seeds", "0..9", "--controls", "2", "--out", str(out)]
    told = json.loads(call(*arguments, "--json").out)
    (task,) = told["tasks"]
    by = {(one["policy"], one["series"]): one for one in task["series"]}
    assert set(by) == {("press", "tree"), ("press", "bare"), ("press", "slow"), ("nothing", "tree")}
    assert by["press", "tree"]["success"]["passed"] > by["press", "bare"]["success"]["passed"]
    assert by["nothing", "tree"]["success"] | {"high": 0} == {
        "passed": 0,
        "n": 2,
        "low": 0.0,
        "high": 0,
        "is_sequential": False,
    }
    assert by["press", "tree"]["decision_latency_s"]["p95"] == 0.1
    assert by["press", "slow"]["decision_latency_s"]["p50"] == pytest.approx(0.55)
    assert task["recovery"]["sticky"]["only_b"] > 0
    assert (task["policy"], task["reached_n"], task["wanted_n"]) == ("press", 32, 32)
    assert task["claim_verdict"] == "undecided", "ten seeds cannot decide 90 %"
    passed = by["press", "tree"]["success"]["passed"]
    assert by["press", "tree"]["counts"] == {"presses": {"total": passed, "episodes": passed}}
    assert by["nothing", "tree"]["counts"] == {"presses": {"total": 0, "episodes": 0}}
    before = out.read_bytes()
    text = call(*arguments).out
    assert out.read_bytes() == before
    assert "policy: press (scripted)" in text
    assert "undecided, the interval contains it" in text
    assert "episodes: 32 of 32" in text
    assert f"counted with recovery, sticky: presses ×{passed} in {passed} of 10 episodes" in text


@pytest.mark.slow
def test_failed_episodes_of_the_policy_are_kept_as_film_strips(call, suite, tmp_path):
    strips = tmp_path / "strips"
    arguments = ["bench", "suite", "--seeds", "0..9", "--controls", "1", "--strips", str(strips)]
    told = json.loads(call(*arguments, "--json").out)
    (task,) = told["tasks"]
    failed = {
        f"lamps_sticky_press_{one['series']}_{seed}.png"
        for one in task["series"]
        if one["role"] == "policy"
        for seed in one["failed_seeds"]
    }
    assert failed
    assert {path.name for path in strips.iterdir()} <= failed
    assert len(told["strips"]) == min(len(failed), 12)
    first = Path(told["strips"][0]).read_bytes()
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(first[16:20], "big") == 4 * 320, "four pictures side by side"
    assert int.from_bytes(first[20:24], "big") == 2 * 240
    assert f"{len(told['strips'])} in {strips}" in call(*arguments).out


@pytest.mark.slow
def test_a_world_that_cannot_be_seen_has_no_strips(call, suite, tmp_path):
    path = suite / "lamps" / "shelf.py"
    path.write_text(path.read_text().replace("def film", "def show"))
    arguments = ["bench", "suite", "--seeds", "0..9", "--controls", "0"]
    told = call(*arguments, "--strips", str(tmp_path / "strips"), code=2)
    assert "wrong-recording" in told.err


@pytest.mark.slow
def test_a_benchmark_goes_on_from_its_file_and_counts_each_episode_once(call, suite, tmp_path):
    out = tmp_path / "episodes.jsonl"
    arguments = ["bench", "suite", "--controls", "1", "--out", str(out), "--json"]
    call(*arguments, "--seeds", "0..0")
    lines = out.read_text().splitlines()
    out.write_text("\n".join(lines[:-1]) + "\n" + lines[-1][:40])  # a killed process left this
    told = json.loads(call(*arguments, "--seeds", "0..1").out)
    (task,) = told["tasks"]
    assert told["unreadable_lines"] == 1
    assert task["reached_n"] == task["wanted_n"] == 7
    assert len(out.read_text().splitlines()) == 8


@pytest.mark.slow
def test_episodes_of_other_files_are_not_counted(call, suite, tmp_path):
    out = tmp_path / "episodes.jsonl"
    arguments = ["bench", "suite", "--seeds", "0..0", "--controls", "0", "--out", str(out)]
    call(*arguments)
    skills = suite / "lamps" / "shelf.py"
    skills.write_text(skills.read_text() + "\n# changed\n")
    (task,) = json.loads(call(*arguments, "--json").out)["tasks"]
    assert (task["reached_n"], task["outdated_n"]) == (3, 3)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere"], "unknown-suite"),
        (["."], "unknown-suite"),
        (["suite", "lamp"], "unknown-task"),
        (["suite", "--seeds", "9..1"], "wrong-seeds"),
        (["suite", "--seeds", "0..99999999"], "wrong-seeds"),
        (["suite", "--seeds", "one"], "wrong-seeds"),
        (["suite", "--out", "."], "unreadable-file"),
        (["suite", "--out", "suite/lamps/shelf.py/x"], "unreadable-file"),
    ],
)
def test_what_cannot_be_measured_is_told(call, suite, arguments, code):
    assert code in call("bench", *arguments, code=2).err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("role: policy", "role: blind", "wrong-value"),
        ("presets: [sticky]", "presets: [stucky]", "unknown-preset"),
        ("success: [lit(lamp)]", "success: []", "wrong-value"),
        ("success: [lit(lamp)]", "success: [lid(lamp)]", "unknown-predicate"),
        ("success: [lit(lamp)]", "success: [lit(lump)]", "unknown-object"),
        ("success: 0.9", "success: 90", "wrong-value"),
        ("config: blind.yaml", "config: none.yaml", "unreadable-file"),
        ("run_time: 100 s", "run_time: 100", "wrong-duration"),
        ("doc: A switch that sticks.", "dock: A switch.", "unknown-key"),
    ],
)
def test_a_benchmark_file_that_is_not_sound_is_told_before_anything_runs(
    call, suite, tmp_path, old, new, code
):
    path = suite / "lamps" / "lamps.bench.yaml"
    path.write_text(path.read_text().replace(old, new))
    out = tmp_path / "episodes.jsonl"
    assert code in call("bench", "suite", "--out", str(out), code=2).err
    assert not out.exists()


@pytest.mark.slow
def test_a_world_that_does_not_know_the_truth_measures_nothing(call, suite):
    path = suite / "lamps" / "shelf.py"
    path.write_text(path.read_text().replace("def truth", "def guess"))
    assert "no-truth" in call("bench", "suite", code=2).err


def test_check_reads_a_benchmark_without_running_its_code(call, suite):
    assert call("check", "suite/lamps/lamps.bench.yaml").out == ""
    path = suite / "lamps" / "lamps.bench.yaml"
    path.write_text(
        path.read_text().replace("[lit(lamp)]", "[lid(lamp)]").replace("blind.y", "b.y")
    )
    told = call("check", str(path), code=1)
    assert "lamps.bench.yaml:4:11: unknown-predicate" in told.out + told.err
    assert "lamps.bench.yaml:10:21: unreadable-file" in told.out + told.err
