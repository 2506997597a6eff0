import pandas as pd
import pytest

from data_processing.tws.connection import TwsConnection
from data_processing.tws.stock import TwsStock, span_of
from ib_api.ib_broker import IBBroker
from market.bar_size import BarSize
from market.broker import BarRequest
from market.errors import BadRequest, ContractNotFound
from market.events import Bar, DataType
from market.instrument import Instrument
from market.times import DAY, MINUTE

SIZE = BarSize.parse("1m")


@pytest.fixture(scope="module")
def aapl(connection: TwsConnection) -> TwsStock:
    return TwsStock(connection=connection, symbol="AAPL")


def test_it_is_qualified_and_knows_its_tick(connection: TwsConnection, aapl: TwsStock) -> None:
    rhm = TwsStock(connection, "RHM", exchange="IBIS", currency="EUR")
    assert (rhm.instrument.currency, rhm.minTick) == ("EUR", 0.5)
    assert (aapl.contract_id, aapl.min_tick, aapl.what) == (265598, 0.01, "TRADES")
    with pytest.raises(ContractNotFound):
        TwsStock(connection, "NOPE")


def test_a_snapshot_comes_from_a_line_and_says_how_fresh_it_is(aapl: TwsStock) -> None:
    seen = aapl.snapshot()
    assert seen.kind == "mid"
    assert seen.bid is not None
    assert seen.bid < (seen.price or 0)
    assert aapl.market_data_type == DataType.LIVE
    assert aapl.snapshot().time >= seen.time


def test_what_has_no_trades_has_a_price_and_bars_of_the_midpoint(connection: TwsConnection) -> None:
    pair = TwsStock(connection, "EURUSD", price_pref=("last", "mid"))
    assert (pair.what, pair.snapshot().kind) == ("MIDPOINT", "mid")
    assert pair.get_historical_data("1h")["volume"].isna().all()


def test_history_is_the_gateways_and_nothing_is_asked_for_twice(
    aapl: TwsStock, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = SIZE.whole(aapl.connection.ib.now()) - 30 * MINUTE
    found = aapl.get_historical_data("1h", end=end)
    request = BarRequest(SIZE, end - 60 * MINUTE, end)
    told = aapl.connection.ib.bars(aapl.instrument, request)
    times = pd.DatetimeIndex(found.index).as_unit("ns").asi8.tolist()
    assert list(zip(times, found["close"], strict=True)) == [(bar.time, bar.close) for bar in told]
    monkeypatch.setattr(IBBroker, "bars", None)
    pd.testing.assert_frame_equal(aapl.get_historical_data("1h", end=end), found)


def test_the_maximum_keeps_the_finest_bar_of_every_time(aapl: TwsStock) -> None:
    since = aapl.connection.ib.now() - 2 * 60 * MINUTE
    found = aapl.maximum_history(since=since)
    assert set(found["bar_size"]) == {"1m"}
    assert found.index.is_unique
    coarse = aapl.maximum_history(("5m",), since=since)
    assert int(coarse["volume"].iloc[1:-1].sum()) > 0


def test_the_maximum_begins_at_the_head_and_no_earlier(
    aapl: TwsStock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[int]()

    async def bars(_: IBBroker, __: Instrument, request: BarRequest) -> list[Bar]:
        asked.append(request.start)
        return []

    monkeypatch.setattr(IBBroker, "bars", bars)
    aapl.maximum_history(("1W",))
    assert min(asked) == aapl.head_time()


def test_what_was_fetched_last_is_written_as_csv(
    connection: TwsConnection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stock = TwsStock(connection, "AAPL", csv_folder=tmp_path_factory.mktemp("csv"))
    with pytest.raises(BadRequest, match="nothing was fetched"):
        stock.last_fetch_to_csv()
    found = stock.get_historical_data("1h")
    path = stock.last_fetch_to_csv()
    assert path.name == "AAPL.csv"
    assert len(pd.read_csv(path)) == len(found)


def test_a_period_is_a_number_and_a_unit() -> None:
    assert (span_of("2w"), span_of("1mo")) == (14 * DAY, 30 * DAY)
    for wrong in ("", "5", "0d", "5 minutes"):
        with pytest.raises(BadRequest, match="3mo"):
            span_of(wrong)
