"""Operations over HTTP with their typed requests, results and errors."""

__all__: list[str] = []
