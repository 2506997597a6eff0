"""The connection of a script or a notebook, with the store of what it fetches."""

import os
import sys
import time
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

from config.settings import Loaded, load
from data_processing.historical_data import HistoricalData
from data_processing.timeseries_db import TimeseriesDB
from ib_api.blocking import BlockingBroker, waited_for
from ib_api.opening import open_broker
from market.clock import AcceleratedClock
from simulator.embedded import embedded


class TwsConnection:
    """Connect to TWS or IB Gateway; close it, or use it in a ``with``.

    What is not given here is as in the environment and `.env` (`IB_HOST`, `IB_PORT`, ...). Where those name
    no gateway either it is the simulated one inside this program, as with `./run`; `label` tells which, and
    so does a line on stderr. Raise a `ConnectionFailed`, or `SetupError` for settings that are not usable.
    """

    def __init__(
        self,
        host: str | None = None,
        port: int | None = None,
        client_id: int | None = None,
        *,
        account: str | None = None,
        data_dir: Path | str | None = None,
        loaded: Loaded | None = None,
    ) -> None:
        given = {"host": host, "port": port, "client_id": client_id, "account": account, "data_dir": data_dir}
        self.loaded = loaded or settings_of({name: each for name, each in given.items() if each is not None})
        with ExitStack() as stack:
            self.ib: BlockingBroker = stack.enter_context(self._opened(stack))
            self.clock = AcceleratedClock(self.ib.now())
            self._stack = stack.pop_all()

    @property
    def label(self) -> str:
        """``SIMULATED``, ``PAPER`` or ``LIVE``."""
        return self.ib.source.label

    @cached_property
    def db(self) -> TimeseriesDB:
        """The store of this source, to write to; raise `StoreBusy` where another program does."""
        folder = self.loaded.settings.data_dir
        db = TimeseriesDB.open(folder, self.ib.source, write=True, report=say)
        self._stack.callback(db.close)
        return db

    @cached_property
    def history(self) -> HistoricalData:
        """History into the store; its methods run on the connection's thread (`ib.run`)."""
        db = self.db

        async def made(broker: Any) -> HistoricalData:
            return HistoricalData(broker, db)

        return self.ib.run(made)

    def sleep(self, seconds: float) -> None:
        """Wait; events come meanwhile, as they always do."""
        time.sleep(seconds)

    def disconnect(self) -> None:
        """End the connection and put the store away; calling it twice is harmless."""
        self._stack.close()

    close = disconnect

    def __enter__(self) -> "TwsConnection":
        return self

    def __exit__(self, *_: object) -> None:
        self.disconnect()

    def _opened(self, stack: ExitStack) -> BlockingBroker:
        settings, simulated = self.loaded.settings, self.loaded.simulated
        host, port = settings.host, settings.gateway_port
        if simulated:
            host, port = "127.0.0.1", stack.enter_context(embedded(settings, settings.port or 0))
        attempts = settings.reconnect_attempts
        ib = waited_for(
            open_broker(settings, host, port, settings.client_id, lasting=not simulated, attempts=attempts)
        )
        where = "embedded simulated gateway; for TWS set IB_PORT=7497" if simulated else f"{host}:{port}"
        say(f"connected: {ib.source.label} account {ib.account} ({where})")
        return ib


def settings_of(flags: dict[str, Any]) -> Loaded:
    """The settings of a program without a command line: the simulated gateway unless one is named."""
    return load(flags, {"IB_SIM": "auto", **os.environ})


def say(text: str) -> None:
    """Tell the user something, beside the data."""
    print(text, file=sys.stderr, flush=True)
