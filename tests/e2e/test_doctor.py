"""`treehand doctor` and `treehand worlds`."""

import json
import socket
import tomllib
from pathlib import Path

BOUND = """\
world: tabletop
bindings:
  pick:
    policy:
      adapter: act
      url: "http://127.0.0.1:{port}/act"
      instruction: "pick up the {{item}}"
    until: holding(item)
    timeout: 20 s
llm: {{model: "openai:some-model"}}
"""


FOR_DEVELOPERS = {"bench", "dev", "dev-web", "docs", "types"}


def checks(report):
    return {check["name"]: check for check in json.loads(report.out)["checks"]}


def test_a_sound_installation_is_told(call):
    found = checks(call("doctor", "--json"))
    for name in ("python", "treehand", "deployment", "disk", "latched stops"):
        assert found[name]["result"] == "ok", found[name]
    assert found["opengl"]["result"] in ("ok", "warning", "skipped")
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    extras = set(project["project"]["optional-dependencies"]) - FOR_DEVELOPERS
    assert {f"extra {name}" for name in extras} == {one for one in found if one[:6] == "extra "}
    assert "treehand" not in found["extra mcp"]["detail"]
    assert "api key" in found
    assert "python" in call("doctor").out


def test_a_server_that_is_not_there_and_a_missing_key_fail(call, tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "treehand.yaml").write_text(BOUND.format(port=port))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    found = checks(call("doctor", "--json", code=1))
    assert found["policy of pick"]["result"] == "failed"
    assert f"127.0.0.1:{port}" in found["policy of pick"]["detail"]
    assert found["api key"]["result"] == "failed"


def test_a_server_that_listens_and_a_key_are_found_and_the_key_is_not_shown(
    call, tmp_path, monkeypatch
):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        (tmp_path / "treehand.yaml").write_text(BOUND.format(port=server.getsockname()[1]))
        report = call("doctor", "--json")
    found = checks(report)
    assert found["policy of pick"]["result"] == "ok"
    assert found["api key"]["result"] == "ok"
    assert "sk-a-secret" not in report.out + report.err


def test_a_broken_deployment_fails_with_its_findings(call, tmp_path):
    (tmp_path / "treehand.yaml").write_text("world: moon\n")
    found = checks(call("doctor", "--json", code=1))
    assert "unknown-world" in found["deployment"]["detail"]


def test_a_latched_stop_is_told(call, tmp_path):
    state = tmp_path / "kitchen.world"
    call("run", "open the fridge", "--yes", "--state", state)
    call("stop", "--state", state)
    found = checks(call("doctor", "--json"))
    assert found["latched stops"]["result"] == "warning"
    assert "treehand rearm 0001" in found["latched stops"]["hint"]


def test_the_world_of_ros_says_that_its_client_is_missing(call, monkeypatch):
    monkeypatch.setattr("treehand.worlds.ros.bridge.HAS_WEBSOCKETS", False)
    listed = {world["name"]: world for world in json.loads(call("worlds", "--json").out)["worlds"]}
    assert "missing-extra: websockets" in listed["ros"]["problem"]


def test_worlds_are_listed_and_one_that_cannot_be_loaded_says_why(call, monkeypatch):
    listed = {world["name"]: world for world in json.loads(call("worlds", "--json").out)["worlds"]}
    assert listed["kitchen"]["problem"] is None
    assert listed["kitchen"]["is_virtual"] is True
    assert "kitchen-physics" in listed
    assert "tabletop" in call("worlds").out
