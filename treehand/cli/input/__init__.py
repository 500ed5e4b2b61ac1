"""Input of a terminal: its keys, and a prompt that stays alive while a run goes on."""

__all__: list[str] = []
