"""HTTP transport that reads no more of a response than an answer can have."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2

MAX_BYTES = 4_000_000
"""Longest body, in bytes."""
MAX_COMPRESSED_BYTES = 64_000
"""Longest compressed body: it grows at most a thousandfold."""


class TooLong(httpx2.TransportError):
    """Raised if a body is longer than an answer can be."""


class BoundedTransport(httpx2.HTTPTransport):
    """Transport that raises `TooLong` for an endless or a hugely compressed body.

    Each request has a connection of its own, so that nobody has to close the client.
    """

    def __init__(self) -> None:
        super().__init__(limits=httpx2.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the response, whose body is bounded."""
        response = super().handle_request(request)
        is_plain = response.headers.get("content-encoding", "identity") == "identity"
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)
        response.stream = _Bounded(stream, MAX_BYTES if is_plain else MAX_COMPRESSED_BYTES)
        return response


class _Bounded(httpx2.SyncByteStream):
    """Byte stream with a bound.

    Args:
        stream: The bytes.
        most_bytes: The bound.
    """

    def __init__(self, stream: httpx2.SyncByteStream, most_bytes: int) -> None:
        self._stream = stream
        self._left = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._left -= len(piece)
            if self._left < 0:
                raise TooLong("the body is longer than an answer can be")
            yield piece

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
