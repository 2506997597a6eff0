"""News: the providers that every account has, and none from them; no bulletins either."""

import logging
from typing import TYPE_CHECKING

from simulator.gateway.handlers.route import Route, Routes
from simulator.refused import Refused
from simulator.wire import reference_messages, reference_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.reference_requests import NewsRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session

log = logging.getLogger("truetick.simulator")

PROVIDERS = (
    ("BRFG", "Briefing.com General Market Columns"),
    ("BRFUPDN", "Briefing.com Analyst Actions"),
    ("DJNL", "Dow Jones Newsletters"),
)
"""The free ones; the list is the same for every account without a subscription to news."""


def not_allowed() -> Refused:
    """10276: how TWS refuses a source of news or of events without its subscription."""
    return Refused(10276, "News feed is not allowed.")


def _providers(session: "Session", request: Request) -> None:
    session.send(reference_messages.news_providers(session.version, PROVIDERS))


def _historical(session: "Session", request: NewsRequest) -> None:
    """The free providers have published nothing; any other needs a subscription."""
    if not request.providers or set(request.providers) - {code for code, _ in PROVIDERS}:
        raise not_allowed()
    session.send(reference_messages.historical_news_end(session.version, request.request_id))


def _article(session: "Session", request: Request) -> None:
    raise Refused(10172, "Failed to request news article:No data available")


def _bulletins(session: "Session", request: Request) -> None:
    """TWS answers only when a bulletin comes, and says nothing when they are cancelled."""
    log.info("%s asks for news bulletins; none ever come here", session.name)


def _no_more_bulletins(session: "Session", request: Request) -> None:
    """There is nothing to end."""


ROUTES: Routes = {
    Ask.NEWS_PROVIDERS: Route(requests.plain, _providers),
    Ask.HISTORICAL_NEWS: Route(reference_requests.historical_news, _historical),
    Ask.NEWS_ARTICLE: Route(requests.with_id, _article),
    Ask.NEWS_BULLETINS: Route(requests.plain, _bulletins),
    Ask.CANCEL_NEWS_BULLETINS: Route(requests.plain, _no_more_bulletins),
}
