"""What a policy is, what it expects, and the folder of a trained one."""

__all__: list[str] = []
