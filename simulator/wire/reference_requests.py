"""What clients ask about contracts and what surrounds them: chains, histograms, display groups, news."""

from simulator.wire.fields import FieldReader
from simulator.wire.requests import Query, Request, query_with_expired
from simulator.wire.versions import BOND_ISSUER


class ContractDetailsRequest(Request, frozen=True):
    """`id_type` and `id_value` name the contract by an ISIN or a CUSIP, `issuer` a bond's issuer."""

    query: Query
    id_type: str = ""
    id_value: str = ""
    issuer: str = ""


class SymbolRequest(Request, frozen=True):
    pattern: str


class OptionChainRequest(Request, frozen=True):
    """`exchange` is set for options on futures only."""

    symbol: str
    exchange: str
    sec_type: str
    contract_id: int


class SmartComponentsRequest(Request, frozen=True):
    bbo_exchange: str


class HistogramRequest(Request, frozen=True):
    """`period` is a number and a word: ``3 days``."""

    query: Query
    regular_hours: bool
    period: str


class GroupRequest(Request, frozen=True):
    group: int


class GroupUpdateRequest(Request, frozen=True):
    """`contract` is ``none``, or a contract id with ``@`` and an exchange."""

    contract: str


class NewsRequest(Request, frozen=True):
    """`providers` are the codes asked for."""

    providers: tuple[str, ...]


class ScannerRequest(Request, frozen=True):
    scan_code: str


def contract_details(reader: FieldReader) -> ContractDetailsRequest:
    reader.integer("version")
    request_id, query = reader.integer("reqId"), query_with_expired(reader)
    id_type, id_value = reader.text("secIdType"), reader.text("secId")
    issuer = reader.text("issuerId") if reader.version >= BOND_ISSUER else ""
    return ContractDetailsRequest(request_id, query, id_type, id_value, issuer)


def matching_symbols(reader: FieldReader) -> SymbolRequest:
    return SymbolRequest(reader.integer("reqId"), reader.text("pattern"))


def option_chain(reader: FieldReader) -> OptionChainRequest:
    return OptionChainRequest(
        reader.integer("reqId"),
        reader.text("underlyingSymbol"),
        reader.text("futFopExchange"),
        reader.text("underlyingSecType"),
        reader.integer("underlyingConId"),
    )


def smart_components(reader: FieldReader) -> SmartComponentsRequest:
    return SmartComponentsRequest(reader.integer("reqId"), reader.text("bboExchange"))


def histogram(reader: FieldReader) -> HistogramRequest:
    return HistogramRequest(
        reader.integer("reqId"),
        query_with_expired(reader),
        reader.flag("useRTH"),
        reader.text("timePeriod"),
    )


def subscribe_to_group(reader: FieldReader) -> GroupRequest:
    reader.integer("version")
    return GroupRequest(reader.integer("reqId"), reader.integer("groupId"))


def update_group(reader: FieldReader) -> GroupUpdateRequest:
    reader.integer("version")
    return GroupUpdateRequest(reader.integer("reqId"), reader.text("contractInfo"))


def historical_news(reader: FieldReader) -> NewsRequest:
    """The contract, the dates and the number do not matter where there is no news."""
    request_id = reader.integer("reqId")
    reader.integer("conId")
    codes = reader.text("providerCodes").replace(",", "+").split("+")
    return NewsRequest(request_id, tuple(code.strip() for code in codes if code.strip()))


def scanner(reader: FieldReader) -> ScannerRequest:
    request_id = reader.integer("reqId")
    for name in ("numberOfRows", "instrument", "locationCode"):
        reader.text(name)
    return ScannerRequest(request_id, reader.text("scanCode"))
