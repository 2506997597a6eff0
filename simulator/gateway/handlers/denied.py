"""What TWS itself refuses an ordinary account without subscriptions: the same refusals, with its codes.

Scanners, fundamentals, the calendar of corporate events (Wall Street Horizon), a financial advisor's groups
and the log-in of licensed vendors. The texts are those reported from live gateways.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.gateway import refusals
from simulator.gateway.handlers.news import not_allowed
from simulator.gateway.handlers.route import Route, Routes
from simulator.refused import Refused
from simulator.wire import reference_requests, requests
from simulator.wire.asks import Ask
from simulator.wire.reference_requests import ScannerRequest
from simulator.wire.requests import Request

if TYPE_CHECKING:
    from simulator.gateway.session import Session


def _always(refusal: Callable[[], Refused]) -> "Callable[[Session, Request], None]":
    def serve(session: "Session", request: Request) -> None:
        raise refusal()

    return serve


def _scan(session: "Session", request: ScannerRequest) -> None:
    raise refusals.history(f"Scanner type with code {request.scan_code} is disabled.")


def _no_scanner_parameters() -> Refused:
    return refusals.history("Scanner parameters are not available.")


def _cancel_scan(session: "Session", request: Request) -> None:
    raise Refused(365, f"No scanner subscription found for ticker id:{request.request_id}")


def _no_fundamentals() -> Refused:
    return Refused(10358, "Fundamentals data is not allowed.")


def _no_advisor() -> Refused:
    return refusals.invalid("FA data operations ignored for non FA customers.")


def _no_vendor() -> Refused:
    return refusals.invalid("Intent to authenticate needs to be expressed during initial connect request.")


def _nothing_runs(session: "Session", request: Request) -> None:
    """The request was refused; its cancel is no error to TWS."""


ROUTES: Routes = {
    Ask.SCANNER: Route(reference_requests.scanner, _scan),
    Ask.SCANNER_PARAMETERS: Route(requests.plain, _always(_no_scanner_parameters)),
    Ask.CANCEL_SCANNER: Route(requests.versioned_with_id, _cancel_scan),
    Ask.FUNDAMENTAL_DATA: Route(requests.versioned_with_id, _always(_no_fundamentals)),
    Ask.CANCEL_FUNDAMENTAL_DATA: Route(requests.versioned_with_id, _nothing_runs),
    Ask.CALENDAR_META: Route(requests.with_id, _always(not_allowed)),
    Ask.CANCEL_CALENDAR_META: Route(requests.with_id, _nothing_runs),
    Ask.CALENDAR_EVENTS: Route(requests.with_id, _always(not_allowed)),
    Ask.CANCEL_CALENDAR_EVENTS: Route(requests.with_id, _nothing_runs),
    Ask.FINANCIAL_ADVISOR: Route(requests.plain, _always(_no_advisor)),
    Ask.REPLACE_FINANCIAL_ADVISOR: Route(requests.plain, _always(_no_advisor)),
    Ask.VERIFY: Route(requests.plain, _always(_no_vendor)),
    Ask.VERIFY_MESSAGE: Route(requests.plain, _always(_no_vendor)),
    Ask.VERIFY_AND_AUTHORISE: Route(requests.plain, _always(_no_vendor)),
    Ask.VERIFY_AND_AUTHORISE_MESSAGE: Route(requests.plain, _always(_no_vendor)),
}
