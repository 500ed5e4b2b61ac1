"""Reports on scenarios: stories, HTML pages, JUnit XML."""

__all__: list[str] = []
