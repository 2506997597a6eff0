"""What clients ask of the account, decoded; see `simulator.wire.requests`."""

from simulator.wire.fields import FieldReader
from simulator.wire.requests import NO_ID, Request


class AccountUpdatesRequest(Request, frozen=True):
    subscribe: bool
    account: str


class AccountSummaryRequest(Request, frozen=True):
    tags: tuple[str, ...]


class MultiRequest(Request, frozen=True):
    """Of an account or of a model, or of all where both are empty."""

    account: str
    model: str


class UpdatesMultiRequest(MultiRequest, frozen=True):
    """With `ledger_only` the balances by currency and the net liquidation, not the account's other lines."""

    ledger_only: bool


class PnlSingleRequest(MultiRequest, frozen=True):
    contract_id: int


def account_updates(reader: FieldReader) -> AccountUpdatesRequest:
    reader.integer("version")
    return AccountUpdatesRequest(NO_ID, reader.flag("subscribe"), reader.text("acctCode"))


def account_summary(reader: FieldReader) -> AccountSummaryRequest:
    reader.integer("version")
    request_id = reader.integer("reqId")
    reader.text("groupName")  # there is one account
    tags = tuple(tag.strip() for tag in reader.text("tags").split(",") if tag.strip())
    return AccountSummaryRequest(request_id, tags)


def positions_multi(reader: FieldReader) -> MultiRequest:
    reader.integer("version")
    return MultiRequest(reader.integer("reqId"), reader.text("account"), reader.text("modelCode"))


def account_updates_multi(reader: FieldReader) -> UpdatesMultiRequest:
    reader.integer("version")
    return UpdatesMultiRequest(
        reader.integer("reqId"),
        reader.text("account"),
        reader.text("modelCode"),
        reader.flag("ledgerAndNLV"),
    )


def pnl(reader: FieldReader) -> MultiRequest:
    return MultiRequest(reader.integer("reqId"), reader.text("account"), reader.text("modelCode"))


def pnl_single(reader: FieldReader) -> PnlSingleRequest:
    return PnlSingleRequest(
        reader.integer("reqId"),
        reader.text("account"),
        reader.text("modelCode"),
        reader.integer("conId"),
    )
