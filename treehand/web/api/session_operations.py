"""Operations on viewers: signing in, inviting, the controller's lease."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import JSONResponse

from treehand.web.access.api_error import ApiError
from treehand.web.access.control_lease import ControlLease
from treehand.web.access.viewers import CODE_S, Viewers
from treehand.web.api.bodies import HandOver, SignIn
from treehand.web.api.operation import ApiCall, ApiOperation
from treehand.web.api.states import Invitation, SignedIn
from treehand.web.desk.event_feed import EventFeed


class SessionOperations:
    """Serves them.

    Args:
        viewers: All viewers.
        lease: The controller's lease.
        feed: Told of every change.
        cookie: Name of the cookie with the token.
    """

    def __init__(self, viewers: Viewers, lease: ControlLease, feed: EventFeed, cookie: str) -> None:
        self._viewers = viewers
        self._lease = lease
        self._feed = feed
        self._cookie = cookie

    def all(self) -> Iterator[ApiOperation]:
        """Yield the operations."""
        tag = "viewers"
        yield ApiOperation(
            "POST", "/session", "Exchange a one-time code for a token.", self._sign_in,
            needs="nothing", body=SignIn, result=SignedIn, errors=(429,), tag=tag,
        )  # fmt: skip
        yield ApiOperation("DELETE", "/session", "Leave; the token is void.", self._leave, tag=tag)
        yield ApiOperation(
            "POST", "/invitations", "Make a one-time code for another person or device.",
            self._invite, result=Invitation, errors=(403,), tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/control", "Take control, if nobody has it.", self._take,
            errors=(403, 409), tag=tag,
        )  # fmt: skip
        yield ApiOperation(
            "POST", "/control/hand-over", "Hand control over to another viewer.", self._hand_over,
            needs="control", body=HandOver, errors=(404,), tag=tag,
        )  # fmt: skip
        yield ApiOperation("DELETE", "/control", "Give control up.", self._release, tag=tag)

    async def _sign_in(self, call: ApiCall) -> JSONResponse:
        body: SignIn = call.body
        viewer, token = self._viewers.exchange(body.code, body.name)
        call.request.state.viewer = viewer
        told = SignedIn(id=viewer.id, name=viewer.name, token=token if body.bearer else "")
        answer = JSONResponse(told.model_dump(), headers={"cache-control": "no-store"})
        if not body.bearer:
            answer.set_cookie(self._cookie, token, httponly=True, samesite="strict", path="/")
        self._feed.touch()
        return answer

    async def _leave(self, call: ApiCall) -> None:
        self._lease.release(call.viewer)
        self._viewers.leave(call.viewer)
        self._feed.touch()

    async def _invite(self, call: ApiCall) -> Invitation:
        if call.viewer.is_agent:
            raise ApiError(403, "agent", "an agent invites nobody", "a person does")
        return Invitation(code=self._viewers.invite(), valid_s=CODE_S)

    async def _take(self, call: ApiCall) -> None:
        self._lease.take(call.viewer)
        self._feed.touch()

    async def _hand_over(self, call: ApiCall) -> None:
        body: HandOver = call.body
        to = self._viewers.find(body.to)
        if to is None:
            raise ApiError(404, "unknown-viewer", f"there is no viewer '{body.to}'")
        self._lease.hand_over(call.viewer, to)
        self._feed.touch()

    async def _release(self, call: ApiCall) -> None:
        self._lease.release(call.viewer)
        self._feed.touch()
