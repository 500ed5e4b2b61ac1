"""Values that take the place of those in a deployment file."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class DeploymentOverrides(BaseModel):
    """Values that take the place of those in ``treehand.yaml``.

    They come from the command line, a scenario or an API call. A journal keeps those of its run,
    with absolute paths, so that another process can load the same deployment again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    config: Path | None = None
    """The deployment file itself; ``./treehand.yaml`` if left out and there is one."""
    world: str | None = None
    """Name of the world."""
    domain: Path | None = None
    """Domain file."""
    scene: Path | None = None
    """Scene file."""
    tree_folder: Path | None = None
    """Folder in which subtrees are looked up first."""
    llm: str | None = None
    """Language model, as ``--llm`` names it."""
    llm_log: bool = True
    """False if prompts and answers must not be kept, only their hashes."""
    llm_record: Path | None = None
    """File that the model's answers are written to."""
    success: float | None = None
    """Target success probability, above 0 and below 1; see `Budgets`."""
    max_s: float | None = None
    """Longest time for one planning call, in seconds; see `Budgets`."""
    max_mib: float | None = None
    """Most memory while planning, in MiB; see `Budgets`."""
    randomize: str | None = None
    """Preset that a simulated world is drawn from."""
    policy: str | None = None
    """Policy that serves skills beside the world's own: the name of one that the world brings, or
    the path of a checkpoint folder."""
    robot: str | None = None
    """Robot of a world that has a choice: its name, or the path of its file."""

    def absolute(self) -> DeploymentOverrides:
        """Return the overrides as a journal keeps them: absolute paths, nothing recorded anew."""
        paths = {
            name: path.absolute()
            for name in ("config", "domain", "scene", "tree_folder")
            if (path := getattr(self, name)) is not None
        }
        world = self.world
        if world is not None and ".py:" in world:
            file, _, name = world.partition(":")
            world = f"{Path(file).absolute()}:{name}"
        robot = self.robot
        if robot is not None and robot.endswith(".yaml"):
            robot = str(Path(robot).absolute())
        policy = self.policy
        if policy is not None and Path(policy).is_dir():
            policy = str(Path(policy).absolute())
        given = {"world": world, "robot": robot, "policy": policy, "llm_record": None}
        return self.model_copy(update={**paths, **given})
