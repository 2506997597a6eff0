"""What TWS can do and this gateway cannot yet: each request is refused by name, none is met with silence."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.gateway import refusals
from simulator.gateway.handlers.route import Route, Routes
from simulator.wire.asks import Ask
from simulator.wire.requests import Request, plain, versioned_with_id, with_id

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def _refuse(ask: Ask) -> "Callable[[Session, Request], None]":
    def serve(session: "Session", request: Request) -> None:
        raise refusals.not_simulated(ask.name.replace("_", " ").capitalize())

    return serve


# Where a request's id stands: behind a version, first, or nowhere.
_WITH_VERSION = (
    Ask.EXERCISE_OPTIONS,
    Ask.CANCEL_SCANNER,
    Ask.FUNDAMENTAL_DATA,
    Ask.CANCEL_FUNDAMENTAL_DATA,
    Ask.DISPLAY_GROUPS,
    Ask.SUBSCRIBE_TO_GROUP,
    Ask.UPDATE_DISPLAY_GROUP,
    Ask.UNSUBSCRIBE_FROM_GROUP,
)
_ID_FIRST = (
    Ask.SCANNER,
    Ask.OPTION_CHAIN,
    Ask.SOFT_DOLLAR_TIERS,
    Ask.SMART_COMPONENTS,
    Ask.NEWS_ARTICLE,
    Ask.HISTORICAL_NEWS,
    Ask.HISTOGRAM,
    Ask.CANCEL_HISTOGRAM,
    Ask.PNL,
    Ask.CANCEL_PNL,
    Ask.PNL_SINGLE,
    Ask.CANCEL_PNL_SINGLE,
    Ask.CALENDAR_META,
    Ask.CANCEL_CALENDAR_META,
    Ask.CALENDAR_EVENTS,
    Ask.CANCEL_CALENDAR_EVENTS,
)
_WITHOUT_ID = (
    Ask.NEWS_BULLETINS,
    Ask.CANCEL_NEWS_BULLETINS,
    Ask.FINANCIAL_ADVISOR,
    Ask.REPLACE_FINANCIAL_ADVISOR,
    Ask.SCANNER_PARAMETERS,
    Ask.VERIFY,
    Ask.VERIFY_MESSAGE,
    Ask.VERIFY_AND_AUTHORISE,
    Ask.VERIFY_AND_AUTHORISE_MESSAGE,
    Ask.FAMILY_CODES,
    Ask.NEWS_PROVIDERS,
)

ROUTES: Routes = {
    ask: Route(read, _refuse(ask))
    for asks, read in ((_WITH_VERSION, versioned_with_id), (_ID_FIRST, with_id), (_WITHOUT_ID, plain))
    for ask in asks
}
