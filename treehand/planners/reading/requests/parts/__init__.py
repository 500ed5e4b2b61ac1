"""Texts that are read in part only: their readable parts, and the options that are made of them."""

__all__: list[str] = []
