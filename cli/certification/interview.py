"""Ask a gateway everything that our client asks, over one recorded connection and one reconnection."""

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import msgspec

from cli.certification import questions
from cli.certification.connector import TapedConnector
from cli.certification.questions import Question
from cli.certification.tape import SESSION, Tape
from ib_api.ib_orders import IBOrders
from ib_api.ib_requests import IBRequests
from ib_api.requests_base import Stream
from market.errors import RequestTimedOut, TruetickError
from market.instrument import Instrument

_BEFORE = 0.8
"""The part of the time that belongs to the first connection."""

_HURRY, _SILENCES = 2.0, 3
"""Real seconds that an answer may take once so many have not come in time."""

_APART = 0.05
"""Real seconds from question to question: less than half of 50 messages a second."""

_SETTLE = 0.5
"""Real seconds for the last words before streams or the connection are ended."""

_AGAIN = ", connected again"


class Target(msgspec.Struct, frozen=True):
    """Where to ask, how long to wait for an answer, and for how many seconds of the gateway's time to go on.

    That time runs `speed` times as fast as ours.
    """

    host: str
    port: int
    client_id: int
    timeout: float
    seconds: float
    speed: float = 1.0


class Interview:
    """One gateway, asked everything; all that is said goes on `tape`."""

    def __init__(self, target: Target, tape: Tape, now: datetime | None = None) -> None:
        self._target = target
        self._tape = tape
        self._now = now or datetime.now(UTC)
        self._begun = time.monotonic()
        self._silences = 0
        self._found: dict[str, Instrument] = {}

    def run(self) -> None:
        """Ask it all; raise a `ConnectionFailed` when there is nobody to ask."""
        connector = TapedConnector(self._tape)
        with self._connected(connector):
            requests, orders = IBRequests(connector), IBOrders(connector)
            self._ask(questions.about_contracts(requests))
            account = connector.callbacks.accounts[0]
            with ExitStack() as running:
                self._ask(questions.streams(requests, self._found), running)
                self._ask(questions.account(requests, orders, account, self._found), running)
                self._ask(questions.history(requests, self._found, self._now))
                self._listen(_BEFORE)
            self._settle(requests, "time at the end")
        with self._connected(connector):
            with ExitStack() as running:
                self._ask([Question(f"time{_AGAIN}", requests.req_current_time)])
                if questions.PAIR in self._found:
                    self._ask([questions.line(requests, self._found, questions.PAIR, _AGAIN)], running)
                self._listen(1)
                # Also where a busy machine has left no time to listen.
                self._settle(requests, f"time before the end{_AGAIN}")
            self._settle(requests, f"time at the end{_AGAIN}")

    def _settle(self, requests: IBRequests, name: str) -> None:
        """Wait for the last words: they come before this is answered, or a moment later from IB's farms."""
        self._ask([Question(name, requests.req_current_time)])
        time.sleep(_SETTLE)

    @contextmanager
    def _connected(self, connector: TapedConnector) -> Iterator[None]:
        self._tape.question = SESSION
        target = self._target
        connector.connect(target.host, target.port, target.client_id, target.timeout)
        try:
            yield
        finally:
            connector.disconnect()

    def _ask(self, asked: Iterable[Question], running: ExitStack | None = None) -> None:
        for question in asked:
            self._tape.question = question.name
            # What is refused, or not answered, is on the tape: that is the finding.
            try:
                self._take(question, running)
            except RequestTimedOut:
                self._silences += 1
            except TruetickError:
                continue
            finally:
                time.sleep(_APART)
        self._tape.question = SESSION

    def _take(self, question: Question, running: ExitStack | None) -> None:
        begun = question.ask()
        parts = begun if isinstance(begun, tuple) else (begun,)
        for part in parts:
            if isinstance(part, Stream):
                assert running is not None, f"{question.name} would run on"
                running.callback(self._end, question.name, part)
        for part in parts:
            if part is not None and not isinstance(part, Stream):
                self._remember(part.result(self._patience))

    @property
    def _patience(self) -> float:
        return self._target.timeout if self._silences < _SILENCES else _HURRY

    def _remember(self, answer: object) -> None:
        """Contracts that were found are asked about later, under the symbols they were found by."""
        symbol = self._tape.question.removeprefix("details of ")
        if symbol in questions.CONTRACTS and isinstance(answer, list) and answer:
            self._found[symbol] = answer[0]

    def _end(self, name: str, stream: Stream) -> None:
        self._tape.question = name
        try:
            stream.cancel()
        except TruetickError:
            # The line has ended, and the stream with it.
            return

    def _listen(self, until: float) -> None:
        """Let come what comes until that part of the time has gone."""
        gone = (time.monotonic() - self._begun) * self._target.speed
        time.sleep(max(0.0, until * self._target.seconds - gone) / self._target.speed)
