"""Nouns of a text: by name, alias, typing error or kind, to the things of a place."""

__all__: list[str] = []
