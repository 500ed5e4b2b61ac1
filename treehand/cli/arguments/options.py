"""The options that several commands share, alone and in groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from treehand.cli.arguments import completion
from treehand.orchestrator.config.overrides import DeploymentOverrides

World = Annotated[
    str | None,
    typer.Option(
        help="World to run in; the built-in kitchen if left out.",
        autocompletion=completion.worlds,
    ),
]
Randomize = Annotated[
    str | None,
    typer.Option(
        metavar="PRESET",
        help="Draw the simulated world from this preset: in the physics kitchen jitter (as usual), "
        "exact, anywhere, seed-article.",
    ),
]
Robot = Annotated[
    str | None,
    typer.Option(
        metavar="ROBOT",
        help="Robot of the physics kitchen: panda (as usual), ur5e, or the path of a robot file.",
    ),
]
PolicyName = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="POLICY",
        help="Let a trained policy serve the skills and things that it knows, and the world's own "
        "skills whatever it fails at: builtin, which the physics kitchen brings, or the folder of "
        "a checkpoint.",
    ),
]
DomainFile = Annotated[Path | None, typer.Option("--domain", help="Domain file.")]
SceneFile = Annotated[Path | None, typer.Option("--scene", help="Scene file.")]
Config = Annotated[
    Path | None, typer.Option(help="Deployment file; ./treehand.yaml if there is one.")
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        help="Folder for journals; TREEHAND_HOME or the user's data folder if left out.",
    ),
]
StateFile = Annotated[
    Path | None,
    typer.Option(
        "--state", help="Keep the simulated world in this file, and go on from what it holds."
    ),
]
Approve = Annotated[
    Literal["always", "changed-only", "irreversible-only", "never"] | None,
    typer.Option(help="Which plans are asked about; the deployment's policy if left out."),
]
LastRun = Annotated[
    str | None,
    typer.Argument(
        help="The run's number, or the path of its journal; the last one if left out.",
        autocompletion=completion.runs,
    ),
]
GoalText = Annotated[
    str,
    typer.Argument(help="What shall be done, in plain words.", autocompletion=completion.goals),
]
AcceptedGoal = Annotated[
    str | None,
    typer.Option(
        "--goal",
        metavar="FORMULA",
        help="The only reading of the words that is accepted: 'in(milk, fridge)'.",
    ),
]
AcceptedDigest = Annotated[
    str | None,
    typer.Option(
        "--accept-reading",
        metavar="HASH",
        help="The same, as 'treehand goal --json' prints it.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Approve what the plan shows.")]
Speed = Annotated[
    float | None, typer.Option(help="Run seconds per wall second; virtual time if left out.")
]
Failures = Annotated[
    int, typer.Option(min=0, max=5, help="How many failures in one run are verified against.")
]
Success = Annotated[
    float | None,
    typer.Option(
        "--success",
        metavar="PROBABILITY",
        help="Target success probability, such as 0.99: sets the retry counts; failures that "
        "persist are counted in. As in the domain file if left out.",
    ),
]
MaxSeconds = Annotated[
    float | None,
    typer.Option(
        "--max-seconds",
        metavar="SECONDS",
        help="Longest time for one planning call; then nothing is decided. 30 if left out.",
    ),
]
MaxMemory = Annotated[
    float | None,
    typer.Option(
        "--max-memory",
        metavar="MIB",
        help="Most memory of the process while it plans. 4096 if left out.",
    ),
]
Llm = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="MODEL",
        help="Language model that reads the goal: openai:MODEL, langchain:PROVIDER:MODEL, "
        "recorded:FILE; the built-in grammar if left out.",
    ),
]
LlmTree = Annotated[
    bool,
    typer.Option(
        "--llm-tree",
        help="Let the model write the tree itself, for skills without action models. "
        "Without a goal that the grammar reads, --yes does not approve it.",
    ),
]
Decompose = Annotated[
    bool,
    typer.Option(
        "--decompose",
        help="Let the model split an open goal into goals that are planned and verified; "
        "a person agrees to them, --yes does not.",
    ),
]
NoLlmLog = Annotated[
    bool, typer.Option("--no-llm-log", help="Keep no prompts and answers, only their hashes.")
]
LlmRecord = Annotated[
    Path | None, typer.Option("--llm-record", help="Write the model's answers to this file.")
]
TreeArguments = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        help="Value for a parameter of the tree: NAME=OBJECT.",
        autocompletion=completion.tree_arguments,
    ),
]
Workers = Annotated[int, typer.Option("-n", min=1, help="How many processes.")]
Engine = Annotated[
    str,
    typer.Option(
        metavar="ENGINE",
        help="Where runs are made: pool (processes of this machine), ray (extra [scale]), the name "
        "of an installed engine, or file.py:NAME.",
        autocompletion=completion.engines,
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Cluster of --engine ray, of which all processors take part; a local one if left out.",
    ),
]
Html = Annotated[Path | None, typer.Option(help="Write a report to this file.")]
Load = Annotated[
    bool,
    typer.Option(
        "--load",
        help="Trust treehand.yaml: import the code that it names, ask its language model.",
    ),
]
ConfigChangedOk = Annotated[
    bool,
    typer.Option(
        "--config-changed-ok",
        help="Load the deployment also if its files have changed since the run began.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Otel = Annotated[
    bool,
    typer.Option("--otel", help="Send spans to the collector of OTEL_EXPORTER_OTLP_ENDPOINT."),
]
States = Annotated[
    bool | None,
    typer.Option(
        "--states/--no-states",
        help="Keep the robot's motion and commands beside the journal, in worlds that record them.",
    ),
]
Faults = Annotated[
    list[str] | None,
    typer.Option(help="Fault on purpose: grasp-dropped@pick(red_mug):1, close(fridge)@30s."),
]
Seed = Annotated[int, typer.Option(help="Seed of every random draw.")]


@dataclass(frozen=True)
class DeploymentOptions:
    """Options that say where a command works: they take the place of ``treehand.yaml``'s."""

    world: World = None
    robot: Robot = None
    scene: SceneFile = None
    domain: DomainFile = None
    config: Config = None

    def overrides(self, *, tree_folder: Path | None = None) -> DeploymentOverrides:
        """Return the options that override the deployment file's values.

        Args:
            tree_folder: Folder in which subtrees are looked up first.
        """
        return DeploymentOverrides(
            world=self.world,
            robot=self.robot,
            scene=self.scene,
            domain=self.domain,
            config=self.config,
            tree_folder=tree_folder,
        )


@dataclass(frozen=True)
class ReadingOptions(DeploymentOptions):
    """`DeploymentOptions`, and the language model that reads goals."""

    llm: Llm = None
    no_llm_log: NoLlmLog = False
    llm_record: LlmRecord = None

    def overrides(self, *, tree_folder: Path | None = None) -> DeploymentOverrides:
        """Return the options that override the deployment file's values."""
        given = {
            "llm": self.llm,
            "llm_log": not self.no_llm_log,
            "llm_record": self.llm_record,
        }
        return super().overrides(tree_folder=tree_folder).model_copy(update=given)


@dataclass(frozen=True)
class PlanningOptions(ReadingOptions):
    """`ReadingOptions`, the options of the planner, preset of a simulated world, policy."""

    randomize: Randomize = None
    policy: PolicyName = None
    success: Success = None
    max_s: MaxSeconds = None
    max_mib: MaxMemory = None

    def overrides(self, *, tree_folder: Path | None = None) -> DeploymentOverrides:
        """Return the options that override the deployment file's values."""
        given = {
            "success": self.success,
            "max_s": self.max_s,
            "max_mib": self.max_mib,
            "randomize": self.randomize,
            "policy": self.policy,
        }
        return super().overrides(tree_folder=tree_folder).model_copy(update=given)
