"""HTTP server in front of one robot: an API, one event stream, and the page that uses them."""

__all__: list[str] = []
