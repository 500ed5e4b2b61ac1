"""Practice in rounds: gather labelled states, train, measure on held-out seeds, keep the best."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from treehand.core.errors import InputError, MissingExtra, StorageError
from treehand.learning.evaluation.calls import expanded, parsed_pattern
from treehand.learning.evaluation.contenders import Contender
from treehand.learning.evaluation.evaluating import EvaluationSettings, NoTrial, Trial, trials
from treehand.learning.practice.drawn_states import Gathering, drawn_states
from treehand.learning.practice.finished_rounds import (
    STATES_FILE,
    RoundProgress,
    begin_or_go_on,
    last_round,
    progress_in,
    save_round,
)
from treehand.learning.practice.labelled_states import LabelledStates
from treehand.learning.practice.visited_states import visited_states
from treehand.learning.training.augmentation import Augmentation, AugmentedExamples
from treehand.learning.training.bases import SIZES, hand_action
from treehand.learning.training.ledger import Lesson, TrainingLedger
from treehand.orchestrator.config.deployment import Deployment
from treehand.orchestrator.config.overrides import DeploymentOverrides
from treehand.skills import EmbodimentSpec
from treehand.skills.vla.contract.checkpoint import CheckpointConfig
from treehand.skills.vla.contract.spec import CameraSpec, PolicySpec, StateSpec
from treehand.skills.vla.reference.training import Trainer, TrainingSettings
from treehand.skills.vla.reference.vla_model import SmallVla

try:
    import torch
except ImportError as error:  # pragma: no cover - the extra is installed wherever this is tested
    raise MissingExtra("practice", "learn,vla") from error

FELT = ("gripper_width_m", "gripper_force_n", "hand_m", "hand_rotation")
"""Proprioception of a model, as far as the robot has it: joint angles would tell no more."""
HELD_OUT = 900_000
"""First seed of the worlds that are measured on; practice begins at 0."""
FIRST_RATE, LATER_RATE = 1e-3, 8e-4
"""Peak learning rate of new weights, and of those that have learned."""
PATIENCE_N = 2
"""Rounds in a row without a better rate after which it ends."""
SPEEDS = np.array([0.5, 0.5, 0.5, 1.7, 1.7, 1.7])
"""Greatest speeds of the teachers, in m/s and rad/s."""


@dataclass(frozen=True)
class PracticeSettings:
    """Settings of a practice."""

    calls: tuple[str, ...]
    """Calls that are practised in turn, such as ``pick(can)``; ``*`` stands for every object, and a
    skill alone for all its calls. One that is named twice has twice as many states."""
    cameras: tuple[str, ...]
    presets: tuple[str | None, ...] = (None,)
    """Presets of domain randomization, which take turns; the world's usual one if None."""
    rounds: int = 3
    """Greatest number of rounds; it ends earlier if the rate no longer grows."""
    worlds_n: int = 100
    """Drawn worlds of each round."""
    states_n: int = 20
    """States of each world."""
    attempts_n: int = 0
    """Attempts of the model in each round, but for the first of a new model; as many states of each
    are labelled."""
    cpu_minutes: float | None = None
    """Training time of each round, in CPU-minutes."""
    steps_n: int | None = None
    """Training steps of each round."""
    base: str = "small"
    """Checkpoint of an earlier practice, or the size of a new model."""
    batch_n: int = 32
    chunk: int = 16
    rate_hz: float = 25.0
    side: int = 128
    """Height and width of the pictures, in pixels."""
    trials_n: int = 12
    """Held-out seeds on which each skill is measured after a round, on every preset; its calls take
    turns."""
    seed: int = 0
    threads: int = 1
    command: str | None = None
    """Command that asked for it, for the ledger."""
    is_half: bool = False
    """True to write the weights with 16 bits; they are measured as they are written."""
    augmentation: Augmentation = field(default_factory=lambda: Augmentation(shift_px=2))


@dataclass(frozen=True, slots=True)
class Practised:
    """Progress of a practice."""

    round: int
    doing: str
    """``gathering``, ``training`` or ``measured``."""
    states_n: int
    step: int = 0
    loss: float = 0.0
    cpu_s: float = 0.0
    succeeded_n: int = 0
    trials_n: int = 0


def practise(
    overrides: DeploymentOverrides,
    settings: PracticeSettings,
    folder: Path,
    tell: Callable[[Practised], None] = lambda practised: None,
) -> TrainingLedger:
    """Practise a skill and write the best round's checkpoint; return its ledger.

    An interrupt keeps the best round so far, if there is one. A process that is killed, and an
    error after a finished round, leave ``FOLDER.partial``; the same call goes on from that round.

    Args:
        overrides: World and scene.
        settings: What is practised, and for how long.
        folder: Folder of the checkpoint; it must not exist.
        tell: Called after every world, every hundredth step and every round.

    Raises:
        InputError: If nobody teaches a skill there, or the folder exists.
        MissingExtra: If the world cannot draw here.
        StorageError: If the checkpoint cannot be written.
    """
    if folder.exists():
        raise InputError.of("wrong-checkpoint", f"'{folder}' exists", hint="give another --out")
    partial = folder.with_name(folder.name + ".partial")
    deployments = [
        Deployment.load(overrides.model_copy(update={"randomize": preset}), looks_here=False)
        for preset in settings.presets
    ]
    torch.set_num_threads(settings.threads)
    plan = repr((overrides, replace(settings, command=None)))
    begin_or_go_on(partial, plan)
    is_left = False
    try:
        practice = _Practice(deployments, overrides, settings, partial, tell)
        try:
            practice.run()
        except KeyboardInterrupt:
            if practice.best is None:
                raise
        ledger = practice.finished()
        (partial / "best").rename(folder)
    except Exception as error:
        is_left = last_round(partial) is not None
        if not isinstance(error, OSError):
            raise
        hint = "free some space"
        raise StorageError("unwritable-file", f"cannot write '{folder}': {error}", hint) from error
    finally:
        if not is_left:
            shutil.rmtree(partial, ignore_errors=True)
    return ledger


class _Practice:
    def __init__(
        self,
        deployments: Sequence[Deployment],
        overrides: DeploymentOverrides,
        settings: PracticeSettings,
        partial: Path,
        tell: Callable[[Practised], None],
    ) -> None:
        self._deployments, self._overrides = deployments, overrides
        self._settings, self._partial, self._tell = settings, partial, tell
        self._patterns = tuple(parsed_pattern(c, deployments[0].domain) for c in settings.calls)
        self._before: TrainingLedger | None = None
        self._model = self._first_model()
        serves, places = self._known(0), self._known(1)
        serving = {"serves": serves, "places": places}
        self._model.config = self._model.config.model_copy(update=serving)
        self._states = LabelledStates(self._model.config.spec, partial / "pictures")
        self._steps_n, self._cpu_s, self._loss = 0, 0.0, 0.0
        self._worlds_n = 0
        self.best: int | None = None
        """Trials that the best round won; None before the first."""
        self._last = RoundProgress()
        finished = last_round(partial)
        if finished is not None:
            self._go_on(finished)

    def _go_on(self, finished: Path) -> None:
        """Take in the last finished round of a killed practice."""
        last = self._last = progress_in(finished)
        self._model = SmallVla.load(finished)
        self._states.load(finished / STATES_FILE)
        self._steps_n, self._cpu_s, self._worlds_n = last.steps_n, last.cpu_s, last.worlds_n
        self.best = last.best

    def run(self) -> None:
        """Practise until the rounds are over, or the rate no longer grows."""
        poorer_n = self._last.poorer_n
        if self._last.is_over:
            return
        for number in range(self._last.round + 1, self._settings.rounds + 1):
            self._gather(number)
            self._train(number)
            done = self._measured(number)
            won = sum(one.is_success for one in done)
            if self.best is None or won > self.best:
                self.best, poorer_n = won, 0
                self._keep()
            else:
                poorer_n += 1
            is_over = won == len(done) or poorer_n == PATIENCE_N
            numbers = self._steps_n, self._cpu_s, self._worlds_n, self.best, poorer_n
            progress = RoundProgress(number, *numbers, is_over)
            save_round(self._partial, progress, self._model, self._states)
            if is_over:
                return

    def finished(self) -> TrainingLedger:
        """Return the ledger of the best round, which is written."""
        ledger = TrainingLedger.read(self._partial / "best")
        assert ledger is not None
        return ledger

    def _first_model(self) -> SmallVla:
        settings, robot = self._settings, self._deployments[0].kind.robot
        if settings.base not in SIZES:
            folder = Path(settings.base)
            self._before = TrainingLedger.read(folder)
            model = SmallVla.load(folder)
            return model if robot is None else model.feeling(_felt(robot))
        if robot is None:
            message = f"world '{self._deployments[0].kind.name}' declares no robot"
            raise InputError.of("no-teacher", message, hint="practise in kitchen-physics")
        spec = _spec(robot, settings)
        size = SIZES[settings.base]
        return SmallVla(CheckpointConfig(spec=spec, size=size, seed=settings.seed))

    def _known(self, index: int) -> dict[str, tuple[str, ...]]:
        """Return the skills that the model has practised by now, with one of their arguments."""
        config = self._model.config
        before = (config.serves, config.places)[index]
        known = {name: dict.fromkeys(names) for name, names in before.items()}
        for pattern in self._patterns:
            for call in expanded(pattern, self._deployments[0]):
                if len(call.arguments) > index:
                    known.setdefault(pattern.name, {})[call.arguments[index]] = None
        return {name: tuple(names) for name, names in known.items()}

    def _gather(self, number: int) -> None:
        settings = self._settings
        first = settings.seed + (number - 1) * settings.worlds_n
        plan = Gathering(
            patterns=self._patterns,
            seeds=range(first, first + settings.worlds_n),
            states_n=settings.states_n,
        )
        self._worlds_n += settings.worlds_n
        spec, most = self._model.config.spec, settings.worlds_n * settings.states_n

        def tell(count: int) -> None:
            self._tell(Practised(number, "gathering", count))

        self._states.add(drawn_states(self._deployments, spec, plan), most, tell)
        if settings.attempts_n and (number > 1 or self._before is not None):
            folder = self._partial / "attempting"
            self._model.save(folder, is_half=settings.is_half)
            plan = replace(plan, seeds=plan.seeds[: settings.attempts_n])
            visited = visited_states(folder, self._drawn(), spec, plan)
            self._states.add(visited, settings.attempts_n * settings.states_n, tell)

    def _drawn(self) -> list[DeploymentOverrides]:
        return [
            self._overrides.model_copy(update={"randomize": preset})
            for preset in self._settings.presets
        ]

    def _train(self, number: int) -> None:
        settings = self._settings
        minutes = settings.cpu_minutes
        course = TrainingSettings(
            steps_n=settings.steps_n or 10**9,
            batch_n=settings.batch_n,
            rate=FIRST_RATE if number == 1 and self._before is None else LATER_RATE,
            seed=settings.seed + number,
            within_cpu_s=None if minutes is None else 60.0 * minutes,
        )
        is_fresh = number == 1 and self._before is None
        examples = AugmentedExamples(self._states, settings.augmentation)
        trainer = Trainer(self._model, examples, course, is_fresh=is_fresh)
        losses: list[float] = []
        while trainer.share < 1.0:
            losses.append(trainer.step().loss)
            if trainer.step_n % 100 == 0:
                self._tell(self._trained(number, trainer, losses[-100:]))
        self._steps_n += trainer.step_n
        self._cpu_s += trainer.took_cpu_s
        self._loss = float(np.mean(losses[-100:]))
        self._model.eval()

    def _trained(self, number: int, trainer: Trainer, losses: Sequence[float]) -> Practised:
        return Practised(
            number,
            "training",
            len(self._states),
            step=trainer.step_n,
            loss=float(np.mean(losses)),
            cpu_s=trainer.took_cpu_s,
        )

    def _measured(self, number: int) -> list[Trial]:
        settings = self._settings
        folder = self._partial / "measured"
        self._model.save(folder, is_half=settings.is_half)
        done: list[Trial] = []
        for skill in dict.fromkeys(one.name for one in self._patterns):
            wanted = EvaluationSettings(
                skill=skill,
                seeds=range(HELD_OUT, HELD_OUT + settings.trials_n),
                calls=tuple({str(one) for one in self._patterns if one.name == skill}),
                presets=settings.presets,
                takes_turns=True,
            )
            with contextlib.suppress(NoTrial):  # "close(fridge)", where the fridge begins closed
                done += trials([Contender("practised", folder)], self._overrides, wanted)
        if not done:
            raise NoTrial(", ".join(settings.calls))
        won = sum(one.is_success for one in done)
        self._tell(
            Practised(
                number,
                "measured",
                len(self._states),
                succeeded_n=won,
                trials_n=len(done),
                cpu_s=self._cpu_s,
            )
        )
        return done

    def _keep(self) -> None:
        """Write the checkpoint of this round as the best one."""
        settings = self._settings
        presets = ", ".join(one or "the usual preset" for one in settings.presets)
        calls = ", ".join(dict.fromkeys(settings.calls))
        lesson = Lesson(
            source=f"practice of {calls} in {self._deployments[0].kind.name}, {presets}",
            digest=f"{presets}, worlds {settings.seed} to {settings.seed + self._worlds_n - 1}",
            demonstrations=0,
            attempts=0,
            frames=len(self._states),
            hours=0.0,
            steps=self._steps_n,
            batch=settings.batch_n,
            cpu_s=round(self._cpu_s, 1),
            loss=self._loss,
            validation_loss=None,
            command=settings.command,
        )
        before = self._before.lessons if self._before else ()
        ledger = TrainingLedger(
            parent=None if settings.base in SIZES else Path(settings.base).name,
            parameters=self._model.parameters_n,
            lessons=(*before, lesson),
        )
        new = self._partial / "new"
        self._model.save(new, is_half=settings.is_half)
        ledger.write(new)
        shutil.rmtree(self._partial / "best", ignore_errors=True)
        new.rename(self._partial / "best")


def _spec(robot: EmbodimentSpec, settings: PracticeSettings) -> PolicySpec:
    unknown = [name for name in settings.cameras if name not in robot.cameras]
    if unknown:
        known = ", ".join(robot.cameras)
        message = f"the robot has no camera '{unknown[0]}'"
        raise InputError.of("wrong-recording", message, hint=f"its cameras: {known}")
    side = settings.side
    return PolicySpec(
        cameras={name: CameraSpec(height=side, width=side) for name in settings.cameras},
        state=_felt(robot),
        action=hand_action(SPEEDS, robot.action),
        chunk=settings.chunk,
        rate_hz=settings.rate_hz,
    )


def _felt(robot: EmbodimentSpec) -> dict[str, StateSpec]:
    """Return the proprioception of a model for a robot."""
    return {
        name: StateSpec(size=quantity.size, unit=quantity.unit)
        for name, quantity in robot.proprioception.items()
        if name in FELT
    }
