"""Words of English and of any other script: tokens, inflection, spelling, function words, kinds."""

__all__: list[str] = []
