"""Action models that a language model proposes: checked, rehearsed, and accepted by a person."""

__all__: list[str] = []
