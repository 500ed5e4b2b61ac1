"""``GET /metrics``: counters for Prometheus; a request needs a token, as for the API."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from treehand.orchestrator.exports.live_counters import CONTENT_TYPE, LiveCounters


def metrics_route(counters: LiveCounters) -> BaseRoute:
    """Return the route that answers with the counters."""

    async def metrics(request: Request) -> Response:
        return Response(counters.text(), headers={"content-type": CONTENT_TYPE})

    return Route("/metrics", metrics, methods=["GET"])
