"""The live chart: one page with its files, which ask this server alone for everything they show."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response

from charting.assets import Asset, assets
from ib_stream.parameters import Contract
from ib_stream.refusals import Refusal
from ib_stream.service import Service

# Nothing of elsewhere, no script in the page itself. Only pages of this machine, such as a notebook, may
# show it in a frame: it is for looking, but what it shows is private.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # The library styles its own logo, with these very bytes.
        "style-src 'self' 'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*",
    )
)
Answers = dict[int | str, dict[str, Any]]
_SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Always asked for again, and answered with 304 while nothing has changed.
    "Cache-Control": "no-cache",
}
_ANSWERS: Answers = {304: {"description": "It is what the browser has."}}
_PAGE: Answers = {200: {"content": {"text/html": {}}, "description": "The page."}, **_ANSWERS}
_FILE: Answers = {200: {"content": {"*/*": {}}, "description": "The file."}, **_ANSWERS}

IfNoneMatch = Annotated[str | None, Header(description="The ETag of what the browser has.", max_length=400)]
AssetName = Annotated[str, Path(max_length=100, pattern=r"^[0-9A-Za-z_./-]+$", examples=["js/main.js"])]


def router(service: Service) -> APIRouter:
    """The routes, of one server."""
    routes = APIRouter(tags=["chart"], default_response_class=Response)

    @routes.get("/chart", summary="The live chart", responses=_PAGE)
    def chart(if_none_match: IfNoneMatch = None) -> Response:
        return _answer(assets()["index.html"], if_none_match)

    @routes.get("/chart/{contract_id}", summary="The live chart of a contract", responses=_PAGE)
    def chart_of(contract_id: Annotated[Contract, Path()], if_none_match: IfNoneMatch = None) -> Response:
        return _answer(assets()["index.html"], if_none_match)

    @routes.get("/assets/{name:path}", summary="A file of the chart's page", responses=_FILE)
    def file(name: AssetName, if_none_match: IfNoneMatch = None) -> Response:
        found = assets().get(name)
        if found is None:
            raise Refusal(404, "NOT_FOUND", "the page has no such file", "GET /chart is the page.")
        return _answer(found, if_none_match)

    return routes


def _answer(asset: Asset, known: str | None) -> Response:
    headers = _SAFE | {"ETag": asset.etag}
    if known is not None and asset.etag in [each.strip().removeprefix("W/") for each in known.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(asset.body, headers=headers | {"Content-Type": asset.media_type})
