"""From ``treehand new domain`` to a run, a scenario and a campaign, without a line of Python."""

import json
import re

import pytest


@pytest.fixture
def laundry(call):
    """A folder with the starter of a domain."""
    return call("new", "domain", "laundry").out


@pytest.mark.slow
def test_the_next_commands_of_a_new_domain_all_succeed(call, laundry):
    commands = re.findall(r"^ +treehand (.*)$", laundry, re.MULTILINE)
    assert [line.split()[0] for line in commands] == ["check", "run", "test", "campaign"]
    for line in commands:
        words = re.findall(r'"([^"]*)"|(\S+)', line)
        done = call(*(quoted or plain for quoted, plain in words))
    assert "failure coverage: 100.0%" in done.out


def test_a_run_there_is_judged_and_its_faults_are_recovered(call, laundry):
    faults = (
        "--inject",
        "grasp-dropped@pick(bolt, bench):1",
        "--inject",
        "move(bolt, right_box)@9s",
    )
    done = call("run", "put the bolt in the left box", "--yes", "--json", *faults)
    told = json.loads(done.out)
    assert (told["outcome"], told["world_true"]) == ("success", True)
    call("check", ".")


@pytest.mark.slow
def test_a_domain_without_a_world_is_played_on_paper(call, laundry, tmp_path):
    (tmp_path / "treehand.yaml").unlink()
    files = ("--domain", "laundry.domain.yaml", "--scene", "laundry.scene.yaml")
    done = call("run", "put the nut in the right box", "--yes", *files)
    assert "options: world paper" in done.out


def test_a_scene_and_a_tree_are_checked_with_the_domain_that_is_given(call, laundry, tmp_path):
    (tmp_path / "treehand.yaml").unlink()
    (tmp_path / "scenes").mkdir()
    scene = (tmp_path / "laundry.scene.yaml").rename(tmp_path / "scenes" / "s.scene.yaml")
    (tmp_path / "laundry.domain.yaml").rename(tmp_path / "d.domain.yaml")
    call("check", "d.domain.yaml", scene)
    scene.write_text(scene.read_text().replace("nut: {type: part", "nut: {type: partt"))
    assert "s.scene.yaml:9:15: unknown-type" in call("check", "d.domain.yaml", scene, code=1).out
    scene.write_text(scene.read_text().replace("partt", "part"))
    tree = tmp_path / "sort.tree.yaml"
    tree.write_text("tree: sort\ndomain: laundry\nroot:\n  do: drop_in(bolt, left_boxx)\n")
    done = call("check", "d.domain.yaml", scene, tree, code=1)
    assert "unknown-object: unknown object 'left_boxx'" in done.out
    assert "kitchen" not in done.out


def test_the_kitchens_skills_serve_no_other_signatures(call, laundry, tmp_path):
    """A domain whose `pick` takes other things is not served by the kitchen's."""
    (tmp_path / "treehand.yaml").unlink()
    files = ("--domain", "laundry.domain.yaml", "--scene", "laundry.scene.yaml")
    options = ("--world", "kitchen", "--yes", *files)
    done = call("run", "put the nut in the right box", *options, code=2)
    assert "nothing serves 'drop_in', 'pick', 'take_out' in world 'kitchen'" in done.err


@pytest.mark.slow
def test_a_second_domain_in_a_folder_has_a_deployment_of_its_own(call, laundry, tmp_path):
    done = call("new", "domain", "garage")
    assert "--config garage.treehand.yaml" in done.out
    call("run", "put the bolt in the left box", "--config", "garage.treehand.yaml", "--yes")
    call("check", ".")
    assert "laundry" in (tmp_path / "treehand.yaml").read_text()
