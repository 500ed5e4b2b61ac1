"""Tests of the server: API, rights, stream, page."""
