"""The application: a small ASGI callable in front of FastAPI, which writes the streams itself.

FastAPI finds the route, checks the parameters and answers everything that has an end. A route that answers
with a stream leaves a wish; once FastAPI is done with the request the hub serves it on the server's own
`send`, so that no middleware stands between an event and its socket, and none of FastAPI's frames lives as
long as a stream.
"""

import asyncio
import logging
import time
from collections.abc import Iterable

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ib_stream.answers import refused
from ib_stream.call import Call, request_id
from ib_stream.service import Service, going
from ib_stream.web import web
from market.errors import SetupError, TruetickError

log = logging.getLogger("truetick.http")

Header = tuple[bytes, bytes]


class App:
    """What a web server is given. Nothing is opened before the server has started (ASGI's lifespan)."""

    def __init__(self, service: Service | None = None) -> None:
        self.service = service or Service()
        self.web = web(self.service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the life of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self.web(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """The server's life. What keeps it from starting is told in a line: whoever starts it can mend it."""
        await receive()
        try:
            async with self.service.running():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except SetupError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        else:
            await send({"type": "lifespan.shutdown.complete"})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        call = Call(request_id(scope), self.service.door.caller(scope))
        call.enter(scope)
        ended = ""
        try:
            with call.held:
                ended = await self._serve(call, scope, receive, send)
        finally:
            self._note(call, scope, ended, time.monotonic() - began)

    async def _serve(self, call: Call, scope: Scope, receive: Receive, send: Send) -> str:
        """Answer; the return value says why a stream ended."""
        call.headers = self.service.door.origins.headers(scope)
        tagged = _tagged(call, [(b"x-request-id", call.id.encode()), *call.headers], send)
        try:
            with self.service.cancelled_at_the_end():
                await self._answer(call, scope, receive, tagged)
        except Exception as error:
            # The answer that says 500 has left then; one that has begun otherwise can only be broken off.
            if call.status not in (0, 500):
                raise
            await self._failed(call, error, scope, receive, tagged)
        except asyncio.CancelledError:
            if call.status or self.service.state != "stopping":
                raise
            await refused(self.service, call, going())(scope, receive, tagged)
        if call.wish is None:
            return ""
        wish = call.wish()
        call.status, call.topics = 200, [topic.name for topic in wish.topics]
        try:
            return str((await self.service.hub.serve(wish, scope, receive, send)).reason)
        except SetupError as error:  # which the hub raises before the first byte only
            await refused(self.service, call, error)(scope, receive, tagged)
            return "refused"

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        door = self.service.door
        if (allowed := door.origins.asked_before(scope)) is not None:
            answer = Response(status_code=204)
            answer.raw_headers += allowed
            await answer(scope, receive, send)
            return
        door.check(call.caller, scope)
        await self.web(scope, receive, send)

    async def _failed(self, call: Call, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        if not isinstance(error, TruetickError):
            log.error("a bug of ours", exc_info=error, extra={"fields": {"request_id": call.id}})
        if not call.status:
            await refused(self.service, call, error)(scope, receive, send)

    def _note(self, call: Call, scope: Scope, ended: str, seconds: float) -> None:
        self.service.answered[call.status] += 1
        fields = {
            "request_id": call.id,
            "client": call.caller.address,
            "method": scope["method"],
            "path": scope["path"],
            "status": call.status,
            "seconds": round(seconds, 4),
        }
        if call.topics:
            fields |= {"topics": call.topics, "ended": ended}
        log.info("request", extra={"fields": fields})


def _tagged(call: Call, headers: Iterable[Header], send: Send) -> Send:
    """`send`, which adds `headers` to the answer and notes its status."""

    async def tagged(message: Message) -> None:
        if message["type"] == "http.response.start":
            call.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *headers]
        await send(message)

    return tagged
