"""What requests may be told, checked: by the routes, and as it stands in the OpenAPI document."""

import difflib
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from ib_stream.refusals import Refusal
from market import times
from market.bar_size import BAR_SIZES
from market.errors import BadRequest
from market.events import TickType

LONGEST_TIMEOUT = 86_400
MOST_EVENTS = 1_000_000_000
LARGEST_ID = 2**31 - 1
# Every date from 1970 to 2099 and no other, which a pattern has to say in three parts.
_DATE = (
    r"(19[7-9]\d|20\d\d)-((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)"
    r"|(19([79][26]|8[048])|20([02468][048]|[13579][26]))-02-29"
)
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?"
_ZONE = r"Z|[+ -]([01]\d|2[0-3]):?[0-5]\d"
TIME = rf"^(({_DATE})([T ]{_CLOCK}({_ZONE})?)?|[1-3]\d{{18}})$"
# A symbol has a letter, or it would be a contract id.
_SYMBOL = r"(\d[\d. ]{0,15})?[A-Za-z][0-9A-Za-z. ]{0,30}"
_ID = r"([1-9]\d{0,8}|1\d{9})"
_EXCHANGE = r"@[0-9A-Za-z.]{1,16}"
_CURRENCY = r":[A-Za-z]{3}"
_KIND = r"/(STK|IND|FUT|OPT|CRYPTO|CFD)"
NAME = rf"^({_SYMBOL}({_EXCHANGE})?({_CURRENCY})?|{_ID}{_EXCHANGE})$"
QUERY_NAME = rf"^({_SYMBOL}({_EXCHANGE})?({_CURRENCY})?({_KIND})?|{_ID}({_EXCHANGE})?)$"
_TOPIC = (
    rf"tick:{QUERY_NAME[1:-1]}:({'|'.join(get_args(TickType))})"
    rf"|(bar|prediction):{QUERY_NAME[1:-1]}:({'|'.join(each.name for each in BAR_SIZES)})"
    rf"|depth:{QUERY_NAME[1:-1]}|orders|account|status"
)
TOPICS = rf"^({_TOPIC})(, ?({_TOPIC})){{0,99}}$"
EVENT_ID = r"^[0-9A-Za-z]{1,32}-t?(\d{1,18}|[0-8]\d{18})(~\d{1,12}(\.\d{1,12}){0,99})?(-end)?$"


def either_id_or(name: str) -> dict[str, Any]:
    """The schema of a contract: an id, or what matches the pattern `name`."""
    id = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
    return {"anyOf": [id, {"type": "string", "pattern": name, "maxLength": 64}]}


def _time(text: str) -> str:
    time_of(text)
    return text


def time_of(text: str) -> int:
    """UTC nanoseconds of an ISO time, or of nanoseconds as text; raise `BadRequest`.

    A plus sign of a zone may have become a blank on its way: an unquoted one means that in a URL.

    >>> time_of("2026-01-09T14:30:00 01:00") == time_of("2026-01-09T13:30:00Z")
    True
    """
    if not (text.isascii() and re.match(TIME, text)) or text.endswith("\n"):
        raise BadRequest(f"{text[:40]!r} is not a date from 1970 to 2099; write 2026-01-09T14:30:00Z")
    if text.isdigit():
        return int(text)
    date, rest = text[:10], text[11:]
    return times.parse(f"{date}T{rest.replace(' ', '+')}" if rest else date)


def contract_name(text: str) -> str:
    """A contract id or a name; raise a `ValueError` for what cannot be one."""
    if text.isascii() and text.lstrip("-").isdigit():
        if not 1 <= int(text) <= LARGEST_ID:
            raise ValueError(
                f"{text} is no contract id, which is from 1 to {LARGEST_ID}; or use a name like AAPL"
            )
    elif not re.fullmatch(QUERY_NAME, text, re.ASCII | re.IGNORECASE):
        raise ValueError(f"{text!r} is no contract id and no name such as AAPL, EURUSD or RHM@IBIS")
    return text


Time = Annotated[
    str,
    AfterValidator(_time),
    Field(
        description="ISO 8601 (UTC where it names no zone), or UTC nanoseconds.",
        examples=["2026-01-09T14:30:00Z"],
        max_length=40,
        json_schema_extra={"pattern": TIME},
    ),
]
Contract = Annotated[
    str,
    AfterValidator(contract_name),
    Field(
        description="A contract id, or a name: AAPL, EURUSD, RHM@IBIS.",
        examples=["265598"],
        min_length=1,
        max_length=64,
    ),
    WithJsonSchema(either_id_or(NAME)),
]
ContractId = Annotated[int, Field(ge=1, le=LARGEST_ID, description="IB's contract id.")]
Ticket = Annotated[str | None, Field(description="From POST /ticket, in place of a token.", max_length=200)]


class Parameters(BaseModel):
    """The base: a name that is none of ours is an error."""

    model_config = ConfigDict(extra="forbid")

    ticket: Ticket = None


class Streamed(Parameters):
    """What every stream takes."""

    limit: Annotated[
        int | None, Field(ge=1, le=MOST_EVENTS, description="End after so many ticks; without it, never.")
    ] = None
    timeout: Annotated[
        float | None,
        Field(gt=0, le=LONGEST_TIMEOUT, description="End after so many seconds (IB_STREAM_STREAM_TIMEOUT)."),
    ] = None
    format: Annotated[Literal["sse"], Field(description="Server-sent events are the one format.")] = "sse"
    since: Annotated[
        Time | None, Field(description="Begin with what came since then: out of the ring, then the store.")
    ] = None
    last_event_id: Annotated[
        str | None,
        Field(
            description="As the header Last-Event-ID, for clients that cannot set one.",
            max_length=1600,
            json_schema_extra={"pattern": EVENT_ID},
        ),
    ] = None
    strict: Annotated[
        bool, Field(description="Answer 429 where ticks would be derived from the market-data line.")
    ] = False


class StreamedContract(Streamed):
    """What the stream of a contract takes when its path does not say which ticks."""

    tick_type: Annotated[TickType, Field(description="Which ticks.")] = "Last"


class StreamedTopics(Streamed):
    """What a stream of several topics takes."""

    topics: Annotated[
        str,
        Field(
            description="Separated by commas: tick:CONTRACT:TYPE, bar:CONTRACT:SIZE,"
            " prediction:CONTRACT:SIZE, depth:CONTRACT, orders, account, status.",
            examples=["tick:265598:BidAsk,bar:265598:1m,status"],
            min_length=1,
            max_length=8000,
            json_schema_extra={"pattern": TOPICS},
        ),
    ]


def refusal_of_errors(errors: Sequence[Any], names: Sequence[str]) -> Refusal:
    """What FastAPI found wrong with a request, as one line that says what is allowed.

    `errors` are pydantic's; `names` are the parameters that there are.
    """
    first = errors[0]
    name = str(first["loc"][-1])
    if first["type"] == "extra_forbidden":
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(names)}"
        message = f"{name[:40]!r} is no parameter here; {hint}"
    elif first["type"] == "value_error":
        message = f"{name}: {str(first['msg']).removeprefix('Value error, ')}"
    elif first["type"] == "missing":
        message = f"{name} is missing"
    else:
        wanted = str(first["msg"]).removeprefix("Input should be ")
        message = f"{name}={str(first.get('input'))[:60]!r} is not usable: it should be {wanted}"
    return Refusal(400, "INVALID_PARAMETER", message, "See /docs for what each parameter may be.")
