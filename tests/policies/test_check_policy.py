"""`treehand check-policy`: real servers, good and bad, and addresses that nobody answers at."""

import json

import pytest
import yaml

from tests.calling import call, called
from treehand.worlds.tabletop.robot import SPEC

from .servers import free_port, openpi

__all__ = ["call"]

BOUND = """
world: tabletop
bindings:
  pick:
    policy:
      adapter: openpi
      url: "ws://127.0.0.1:{port}"
      instruction: "pick up the {{item}}{words}"
      {more}
    until: holding(item)
"""


def points(folder, *arguments, code=0):
    """Return name, result and text of everything that `treehand check-policy` looked at."""
    done = called("check-policy", *arguments, "--json", folder=folder)
    assert done.code == code, done.out + done.err
    (policy,) = json.loads(done.out)["policies"]
    return {point["name"]: (point["result"], point["detail"]) for point in policy["checks"]}


def bind(folder, port, words="", more=""):
    (folder / "treehand.yaml").write_text(BOUND.format(port=port, words=words, more=more))


@pytest.mark.slow
def test_a_good_policy_passes_everything(tmp_path):
    with openpi("--delay", "0.01") as server:
        bind(tmp_path, server.port)
        by_file = points(tmp_path, "treehand.yaml")
        by_url = points(tmp_path, f"ws://127.0.0.1:{server.port}")
    assert by_file.keys() == by_url.keys()
    names = "reached, as described, first answer, latency, limits, conversion, instruction"
    assert list(by_file) == [*names.split(", "), "second client", "cancel", "afterwards"]
    assert {result for result, _ in by_file.values()} <= {"ok", "warning"}
    assert by_file["instruction"][0] == "ok"
    assert by_file["cancel"][0] == "ok"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "more", "name", "said"),
    [
        (" [nan]", "", "limits", "is nan"),
        (" [far]", "", "limits", "outside -0.25 to 0.25 m/s"),
        (" [raise]", "", "first answer", "the weights are on fire"),
        ("", "chunk: 8", "first answer", "16 actions, but 'chunk' is 8"),
        ("", "expects: {model: mine}", "as described", "does not declare 'model'"),
    ],
)
def test_a_bad_policy_fails_with_what_is_wrong(tmp_path, words, more, name, said):
    with openpi() as server:
        bind(tmp_path, server.port, words, more)
        found = points(tmp_path, "treehand.yaml", code=1)
    assert found[name][0] == "failed"
    assert said in found[name][1]


@pytest.mark.slow
def test_a_policy_that_is_too_slow_for_its_rate_fails(tmp_path):
    with openpi("--delay", "0.3") as server:
        bind(tmp_path, server.port, more="chunk: 16\n      rate_hz: 100")
        found = points(tmp_path, "treehand.yaml", "--calls", "3", code=1)
    assert found["latency"][0] == "failed"
    assert "the robot would stand still" in found["latency"][1]


@pytest.mark.slow
def test_a_server_that_nobody_bound_is_looked_at_with_a_spec(tmp_path):
    spec = {
        "cameras": {"overhead": {}, "wrist": {}},
        "state": {
            key: {"size": quantity.size, "unit": quantity.unit}
            for key, quantity in SPEC.proprioception.items()
        },
        "action": SPEC.action.model_dump(mode="json", exclude_none=True),
        "chunk": 16,
        "rate_hz": 30,
    }
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(spec))
    with openpi() as server:
        url = f"ws://127.0.0.1:{server.port}"
        bare = points(tmp_path, url)
        words = ("--instruction", "pick up the red block", "--instruction", "put it on the tray")
        told = points(tmp_path, url, "--spec", "spec.yaml", "--calls", "4", *words)
    assert list(bare) == ["reached", "as described", "answers"]
    assert bare["answers"][0] == "skipped"
    assert told["first answer"][0] == "ok"
    assert "put it on the tray" in told["instruction"][1]


def test_nobody_there_is_said_in_a_line(tmp_path):
    found = points(tmp_path, f"ws://127.0.0.1:{free_port()}", code=1)
    assert found["reached"][0] == "failed"
    assert "refused" in found["reached"][1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "there is no 'nowhere'"),
        (["ftp://here"], "neither a URL of a policy server"),
        (["ws://127.0.0.1:99999"], "is no URL"),
        (["ws://127.0.0.1:abc"], "is no URL"),
        (["http://[::1"], "is no URL"),
        (["spec.txt"], "is no file of that kind"),
        (["treehand.yaml", "--skill", "pik"], "no policy serves 'pik'"),
        (["empty.yaml"], "no policy serves any skill"),
        (["bare"], "cannot read 'bare/config.json'"),
        (["ws://127.0.0.1:1", "--adapter", "opnpi"], "did you mean 'openpi'"),
        (["ws://127.0.0.1:1", "--spec", "spec.yaml"], "spec.yaml:1:1"),
    ],
)
def test_bad_input_is_told_with_a_hint(call, tmp_path, arguments, said):
    bind(tmp_path, 1)
    (tmp_path / "empty.yaml").write_text("world: tabletop\n")
    (tmp_path / "spec.yaml").write_text("chunk: 16\n")
    (tmp_path / "bare").mkdir()
    (tmp_path / "spec.txt").write_text("chunk: 16\n")
    done = call("check-policy", *arguments, code=2)
    assert said in done.err
    assert "Traceback" not in done.out + done.err
