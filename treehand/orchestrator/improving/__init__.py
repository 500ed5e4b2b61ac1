"""Parameters that are learned from past runs: proposed, promoted by a person, used, taken back."""

__all__: list[str] = []
