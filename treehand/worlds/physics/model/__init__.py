"""MuJoCo model: layout, objects, arm, domain randomization."""

__all__: list[str] = []
