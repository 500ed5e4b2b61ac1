"""Loose words and tails: what adds nothing to a request, or says it in an unusual form."""

__all__: list[str] = []
