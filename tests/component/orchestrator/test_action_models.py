"""Action models that a language model proposes: checked, rehearsed, decided by a person."""

import json

import pytest
from typer.testing import CliRunner

from tests.driving import run_goal
from tests.endpoint import answers, says, serving
from treehand.cli.app import app
from treehand.core.errors import InputError, ModelError
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.orchestrator.modelling.missing_models import MissingModels
from treehand.orchestrator.proposing.goal_reader import SessionReader
from treehand.orchestrator.store.workspace import Workspace

DOMAIN = """\
domain: lab
types: {tray: , bench: }
predicates:
  held: {params: {tray: tray}, say: "{tray} is held"}
  free: {default: true, say: "the hand is free"}
  on: {params: {tray: tray, bench: bench}, say: "{tray} is on {bench}"}
exclusive:
  - [held(_), free()]
skills:
  lift:  # done by hand so far
    doc: Take a tray off its bench.
    params: {tray: tray}
    preconditions: [free()]
    # until here
  set_down:
    params: {tray: tray, bench: bench}
    preconditions: [held(tray)]
    effects: ["on(tray, bench)", free()]
"""
SCENE = """\
scene: lab
domain: lab
objects: {red: {type: tray}, left: {type: bench}, right: {type: bench}}
facts: [free(), "on(red, left)"]
"""
SKILLS = '''
from treehand import skill


@skill("lift")
def lift(context, tray):
    """Take a tray off its bench."""
    yield


@skill("set_down")
def set_down(context, tray, bench):
    """Set it down."""
    yield


@skill("shake")
def shake(context, tray):
    """Shake a tray that is held, which empties the hand."""
    yield
'''


@pytest.fixture
def lab(tmp_path, monkeypatch):
    monkeypatch.setenv("TREEHAND_HOME", str(tmp_path / "home"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lab.domain.yaml").write_text(DOMAIN)
    (tmp_path / "lab.scene.yaml").write_text(SCENE)
    (tmp_path / "skills.py").write_text(SKILLS)
    (tmp_path / "treehand.yaml").write_text(
        "domain: lab.domain.yaml\nscene: lab.scene.yaml\n"
        "bindings: {lift: skills.py:lift, set_down: skills.py:set_down, shake: skills.py:shake}\n"
    )
    (tmp_path / "world.py").write_text(WORLD)
    with (tmp_path / "treehand.yaml").open("a") as file:
        file.write("world: world.py:Lab\n")
    return tmp_path


WORLD = '''
from treehand import world
from treehand.worlds.declared import DeclaredWorld


@world("lab", domain="lab.domain.yaml", scene="lab.scene.yaml")
class Lab(DeclaredWorld):
    """A lab."""
'''


def model(skill="lift", effects=("held(tray)",), **changes):
    row = {"skill": skill, "params": [{"name": "tray", "type": "tray"}], "preconditions": []}
    row |= {"effects": list(effects), "failures": ["grasp-missed"], "duration_s": 4}
    return row | {"irreversible": False, "because": "the description"} | changes


LIFT, SHAKE = model(), model("shake", ["free()"], preconditions=["held(tray)"], failures=[])


def answer(*models, reason=""):
    return {"models": list(models), "reason": reason}


def ask(endpoint, lab, *names):
    llm = f"llm: {{base_url: '{endpoint.url}', retries: 0}}\n"
    path = lab / "treehand.yaml"
    path.write_text(path.read_text() + llm)
    overrides = DeploymentOverrides(llm="openai:m", config=path)
    deployment = Deployment.load(overrides, imports=False, binds=False)
    reader = SessionReader(deployment)
    missing = MissingModels(deployment, overrides, imports=False)
    return missing.propose(names, Workspace(lab / "runs"), reader.meter, reader.pass_on)


def test_missing_models_are_written_into_the_file_with_its_comments(lab):
    with serving(says(answer(LIFT, SHAKE))) as endpoint:
        proposal = ask(endpoint, lab)
        (request,) = endpoint.requests
    told = request["messages"][1]["content"]
    assert "Take a tray off its bench." in told
    assert "Shake a tray that is held" in told
    assert (lab / "lab.domain.yaml").read_text() == DOMAIN, "nothing is written unasked"
    proposal.write()
    text = (lab / "lab.domain.yaml").read_text()
    assert "lift:  # done by hand so far" in text
    assert "# until here" in text
    deployment = Deployment.load(imports=False)
    lift, shake = (deployment.domain.skills[name] for name in ("lift", "shake"))
    assert (str(lift.effects[0]), lift.duration) == ("held(tray)", 4.0)
    assert list(map(str, shake.preconditions)) == ["held(tray)"]


def test_each_model_is_rehearsed_before_a_person_sees_it(lab):
    with serving(says(answer(LIFT, SHAKE))) as endpoint:
        proposal = ask(endpoint, lab)
    lift, shake = proposal.rehearsals
    assert list(map(str, lift.steps)) == ["lift(red)"]
    assert lift.is_planned
    assert list(map(str, shake.steps)) == ["lift(red)", "shake(red)"]
    assert "rehearsed in imagination: lift(red), shake(red)" in "\n".join(shake.lines())


def test_findings_of_the_checker_go_back_with_their_positions(lab):
    wrong = model(effects=["hold(tray)"])
    with serving(says(answer(wrong)), says(answer(LIFT))) as endpoint:
        proposal = ask(endpoint, lab, "lift")
        feedback = endpoint.requests[1]["messages"][-1]["content"]
    assert proposal.models[0].effects == ("held(tray)",)
    assert "lab.domain.yaml:14:16: unknown-predicate" in feedback
    assert '14 |     effects: ["hold(tray)"]' in feedback
    assert "did you mean 'held'?" in feedback


MISTAKES = {
    "a parameter of its own": (model(params=[{"name": "x", "type": "tray"}]), "says (tray: tray)"),
    "no effects": (model(effects=[]), "effects: is empty"),
    "another skill": (model("set_down"), "names none of lift"),
    "an unknown code": (model(failures=["boom"]), "there is no code 'boom'"),
    "an endless duration": (model(duration_s=1e9), "at most 3600"),
    "what is no formula": (model("shake", preconditions=["held("]), "lab.domain.yaml:"),
    "what the function does not take": (
        model(
            "shake",
            ["free()"],
            params=[{"name": "tray", "type": "tray"}] * 1 + [{"name": "bench", "type": "bench"}],
        ),
        "the function takes (tray)",
    ),
    "a key that breaks out": (model(effects=['held(tray)"], "x": ["']), "lab.domain.yaml:"),
    "what it can never have": (
        model("shake", ["free()"], preconditions=["held(tray)", "free()"]),
        "shake(red): ",
    ),
    "no list": ({"models": "lift"}, "models: is no list"),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_goes_back_to_the_model(mistake, lab):
    wrong, words = MISTAKES[mistake]
    first = wrong if "models" in wrong else answer(wrong)
    with serving(says(first), says(answer(LIFT, SHAKE))) as endpoint:
        proposal = ask(endpoint, lab)
        feedback = endpoint.requests[1]["messages"][-1]["content"]
    assert words in feedback
    assert [model.skill for model in proposal.models] == ["lift", "shake"]
    assert (lab / "lab.domain.yaml").read_text() == DOMAIN


@pytest.mark.slow
def test_what_cannot_be_rehearsed_is_told_to_the_person_after_the_last_round(lab):
    never = model("shake", ["free()"], preconditions=["held(tray)", "free()"])
    with serving(says(answer(LIFT, never))) as endpoint:
        proposal = ask(endpoint, lab)
        assert len(endpoint.requests) == 4
    assert "not rehearsed: shake(red): nothing brings about" in "\n".join(
        proposal.lines(proposal.models[1], proposal.rehearsals[1])
    )


@pytest.mark.slow
def test_no_usable_model_is_an_error_and_nothing_is_written(lab):
    with serving(says(answer(model(effects=["flies()"])))) as endpoint:
        with pytest.raises(ModelError, match="unusable-answer"):
            ask(endpoint, lab)
        assert len(endpoint.requests) == 4
    assert (lab / "lab.domain.yaml").read_text() == DOMAIN


def test_a_skill_with_a_model_is_not_asked_about(lab):
    with serving(says(answer())) as endpoint:
        with pytest.raises(InputError, match="'set_down' has an action model"):
            ask(endpoint, lab, "set_down")
        assert not endpoint.requests


@pytest.mark.slow
def test_other_faults_of_the_deployment_come_first(lab):
    path = lab / "treehand.yaml"
    path.write_text(path.read_text().replace("skills.py:set_down", "skills.py:shake"))
    with serving(says(answer(LIFT))) as endpoint:
        with pytest.raises(InputError, match="wrong-signature"):
            ask(endpoint, lab)
        assert not endpoint.requests


def test_a_file_that_changes_meanwhile_is_not_overwritten(lab):
    with serving(says(answer(LIFT))) as endpoint:
        proposal = ask(endpoint, lab, "lift")
    path = lab / "lab.domain.yaml"
    path.write_text(DOMAIN + "# mine\n")
    with pytest.raises(InputError, match="changed-file"):
        proposal.write()
    assert path.read_text() == DOMAIN + "# mine\n"


COMMAND = ["suggest", "--llm", "openai:m", "--skill", "lift"]


@pytest.mark.slow
def test_without_a_person_nothing_is_written_and_yes_is_no_option(lab, monkeypatch):
    with serving(says(answer(LIFT))) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        shown = CliRunner().invoke(app, COMMAND)
        data = CliRunner().invoke(app, [*COMMAND, "--json"])
        yes = CliRunner().invoke(app, [*COMMAND, "--yes"])
    assert shown.exit_code == 7, shown.output
    assert '+    effects: ["held(tray)"]' in shown.stdout
    assert "because, in the model's words: the description" in shown.stdout
    assert "rehearsed in imagination: lift(red)" in shown.stdout
    assert "a person at the terminal decides" in shown.stdout
    report = json.loads(data.stdout)
    assert (data.exit_code, report["is_written"]) == (7, False)
    assert report["models"][0]["rehearsed"] == "lift(red)"
    assert yes.exit_code == 2
    assert (lab / "lab.domain.yaml").read_text() == DOMAIN


@pytest.mark.slow
def test_a_model_that_declines_or_fails_changes_nothing(lab, monkeypatch):
    none = answer(reason="no predicate says what lift does")
    with serving(says(none), answers(500)) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        shown = CliRunner().invoke(app, COMMAND)
        down = CliRunner().invoke(app, COMMAND)
    assert shown.exit_code == 0
    assert "nothing is suggested: no predicate says what lift does" in shown.stdout
    assert isinstance(down.exception, ModelError)
    assert (lab / "lab.domain.yaml").read_text() == DOMAIN


@pytest.mark.slow
def test_past_runs_are_evidence_and_speak_against_what_never_was_so(tmp_path, monkeypatch):
    monkeypatch.setenv("TREEHAND_HOME", str(tmp_path / "home"))
    kitchen = Deployment.load(looks_here=False)
    text = kitchen.domain_path.read_text()
    model_of_open = text[text.index("  open:\n") : text.index("  close:\n")]
    path = tmp_path / "mine.domain.yaml"
    path.write_text(text.replace(model_of_open, OPEN))
    workspace = Workspace(tmp_path / "runs")
    run_goal("open the fridge", kitchen, workspace=workspace)
    shut = {"skill": "open", "params": [], "preconditions": [], "failures": [], "duration_s": 5}
    shut |= {"effects": ["not is_open(place)"], "irreversible": False, "because": ""}
    opened = shut | {"effects": ["is_open(place)"]}
    with serving(says(answer(shut)), says(answer(opened))) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        overrides = DeploymentOverrides(llm="openai:m", domain=path)
        deployment = Deployment.load(overrides, looks_here=False, binds=False)
        reader = SessionReader(deployment)
        missing = MissingModels(deployment, overrides, imports=True)
        proposal = missing.propose((), workspace, reader.meter, reader.pass_on)
        told, again = (request["messages"] for request in endpoint.requests)
    assert "'is_open(place)' came true in 1 of 1" in told[1]["content"]
    assert "past runs speak against 'not is_open(place)'" in again[-1]["content"]
    evidence = "\n".join(proposal.lines(proposal.models[0], proposal.rehearsals[0]))
    assert "'is_open(place)': so after 1 of 1 successful calls that were observed" in evidence


OPEN = """\
  open:
    doc: Pull a door or drawer open.
    params: {place: container}
    resources: [arm, base]
"""
