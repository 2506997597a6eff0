"""Account values and the account summary, as subscriptions.

IB's pages on account updates and the account summary say when something comes: all of it at first, then what
changed every three minutes; account updates also when a position changes.
"""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from market.times import to_datetime
from simulator.account import Value, values
from simulator.gateway import refusals
from simulator.gateway.handlers.positions import portfolio_row, positions_in
from simulator.gateway.handlers.route import Route, Routes
from simulator.gateway.watch import REFRESH, Watch
from simulator.model.api import Listing
from simulator.wire import account_messages, account_requests, requests
from simulator.wire.account_requests import (
    AccountSummaryRequest,
    AccountUpdatesRequest,
    UpdatesMultiRequest,
)
from simulator.wire.asks import Ask
from simulator.wire.requests import NO_ID, Request
from simulator.zone import GATEWAY_ZONE

if TYPE_CHECKING:
    from simulator.gateway.session import Session

_UPDATES, _SUMMARY, _MULTI = "account", "summary", "account multi"
_LEDGER = "$LEDGER"


class _News:
    """Sends the frames that differ from the last ones of the same key."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._sent: dict[tuple[str, ...], bytes] = {}

    def send(self, key: tuple[str, ...], frame: bytes) -> None:
        if self._sent.get(key) != frame:
            self._sent[key] = frame
            self._session.send(frame)


# -- account updates


def _updates(session: "Session", request: AccountUpdatesRequest) -> None:
    """One subscription per client: a second one replaces the first."""
    session.services.check_account(request.account)
    session.stop(_UPDATES, NO_ID)
    if not request.subscribe:
        return
    news = _News(session)

    def tell(changed: list[Listing]) -> None:
        _send_window(session, news, changed)

    tell([])
    session.send(account_messages.account_download_end(session.version, session.services.account))
    session.run(_UPDATES, NO_ID, lambda: Watch(session.services, tell, every=REFRESH))


def _send_window(session: "Session", news: _News, changed: list[Listing]) -> None:
    """Values, portfolio, time. What has just been closed is told once more, as a position of 0."""
    version, ledger = session.version, session.services.ledger
    for line in ledger.values(session.now):
        fields = (line.key, line.text, line.currency, ledger.account)
        news.send(("value", line.key, line.currency), account_messages.account_value(version, *fields))
    closed = [each for each in positions_in(session, changed) if not each.quantity]
    for position in (*ledger.positions(session.now), *closed):
        key = ("position", str(position.instrument.contract_id))
        news.send(key, portfolio_row(version, ledger.account, position))
    clock = to_datetime(session.now).astimezone(ZoneInfo(GATEWAY_ZONE)).strftime("%H:%M")
    session.send(account_messages.account_time(version, clock))


def _updates_multi(session: "Session", request: UpdatesMultiRequest) -> None:
    """As account updates, by request and without the portfolio. Nothing is held under a model."""
    session.services.check_account(request.account)
    news = _News(session)

    def tell(changed: list[Listing]) -> None:
        version, account = session.version, session.services.account
        for part, line in _multi_lines(session, request) if not request.model else ():
            fields = (request.request_id, account, line.key, line.text, line.currency)
            frame = account_messages.account_update_multi(version, *fields)
            news.send((part, line.key, line.currency), frame)

    session.run(_MULTI, request.request_id, lambda: Watch(session.services, tell, every=REFRESH))
    tell([])
    session.send(account_messages.account_update_multi_end(session.version, request.request_id))


def _multi_lines(session: "Session", request: UpdatesMultiRequest) -> list[tuple[str, Value]]:
    """The account's lines and then each currency's; some keys stand in both."""
    statement = session.services.ledger.statement(session.now)
    whole = [
        each
        for each in values.account_lines(statement)
        if not request.ledger_only or each.key == "NetLiquidation"
    ]
    parts = values.ledger_lines(statement)
    return [*(("whole", each) for each in whole), *(("ledger", each) for each in parts)]


def _cancel_multi(session: "Session", request: Request) -> None:
    session.stop(_MULTI, request.request_id)


# -- the summary


def _summary(session: "Session", request: AccountSummaryRequest) -> None:
    """The tags asked for; those that this account has not are left out."""
    news = _News(session)

    def tell(changed: list[Listing]) -> None:
        for owner, line in _summary_lines(session, request.tags):
            fields = (request.request_id, owner, line.key, line.text, line.currency)
            frame = account_messages.account_summary(session.version, *fields)
            news.send((owner, line.key, line.currency), frame)

    session.run(
        _SUMMARY,
        request.request_id,
        lambda: Watch(session.services, tell, every=REFRESH, fills=False),
    )
    tell([])
    session.send(account_messages.account_summary_end(session.version, request.request_id))


def _summary_lines(session: "Session", tags: tuple[str, ...]) -> list[tuple[str, Value]]:
    """Texts, then amounts, then balances by currency, which are not one account's but those of ``All``."""
    statement = session.services.ledger.statement(session.now)
    lines = [each for each in values.account_lines(statement) if each.key in tags]
    lines.sort(key=lambda each: each.currency != "")
    balances = _asked_balances(values.ledger_lines(statement), tags)
    return [*((statement.account, each) for each in lines), *(("All", _of_all(each)) for each in balances)]


def _asked_balances(lines: list[Value], tags: tuple[str, ...]) -> list[Value]:
    """``$LEDGER`` asks for the base currency, ``$LEDGER:EUR`` for one and ``$LEDGER:ALL`` for each."""
    wanted = {tag.removeprefix(_LEDGER).lstrip(":").upper() for tag in tags if tag.startswith(_LEDGER)}
    return [
        each
        for each in lines
        if "ALL" in wanted or each.currency in wanted or (each.currency == "BASE" and "" in wanted)
    ]


def _of_all(line: Value) -> Value:
    return Value(line.key, "All", line.currency) if line.key == "AccountOrGroup" else line


def _cancel_summary(session: "Session", request: Request) -> None:
    if not session.stop(_SUMMARY, request.request_id):
        raise refusals.unknown(request.request_id)


ROUTES: Routes = {
    Ask.ACCOUNT_UPDATES: Route(account_requests.account_updates, _updates),
    Ask.ACCOUNT_SUMMARY: Route(account_requests.account_summary, _summary),
    Ask.CANCEL_ACCOUNT_SUMMARY: Route(requests.versioned_with_id, _cancel_summary),
    Ask.ACCOUNT_UPDATES_MULTI: Route(account_requests.account_updates_multi, _updates_multi),
    Ask.CANCEL_ACCOUNT_UPDATES_MULTI: Route(requests.versioned_with_id, _cancel_multi),
}
