import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from market.bar_size import BarSize
from market.errors import BadRequest, SetupError
from market.times import DAY, MINUTE, from_datetime, parse
from simulator.model import MarketModel, QuoteTick, replayed
from tests.simulator.model.known import AAPL, DAY_1, ES, EURUSD, MINUTE_1, MINUTE_5

DATA = Path(__file__).parents[4] / "shared" / "data"
HEAD = "date,open,high,low,close,volume\n"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the collected market data is not here")


def _bars_of(path: Path, shift: int = 0) -> list[tuple[float, ...]]:
    """The rows as they stand in the file, in the order that a `BarData` has them."""
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    rows = []
    for row in csv.DictReader(io.StringIO(text.decode())):
        moment = datetime.fromisoformat(row.get("date") or row.get("timestamp_utc") or row["timestamp"])
        time = from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - shift
        prices = (float(row[name]) for name in ("open", "high", "low", "close"))
        rows.append((time, *prices, float(row.get("volume", -1))))
    return rows


def _served(market: MarketModel, what: str, size: BarSize, end: int) -> list[tuple[float, ...]]:
    contract_id = market.listings[0].instrument.contract_id
    bars = market.bars(contract_id, size, what, "all", 0, end, end)
    return [(each.start, each.open, each.high, each.low, each.close, each.volume) for each in bars]


@needs_data
@pytest.mark.parametrize(
    ("symbol", "name", "size", "count"),
    [
        ("AAPL", "AAPL_1min.csv", MINUTE_1, 2083),
        ("TSLA", "TSLA_1min.csv", MINUTE_1, 2086),
        ("AAPL", "AAPL_5min.csv", MINUTE_5, 1779),
        ("TSLA", "TSLA_5min.csv", MINUTE_5, 1801),
    ],
)
def test_every_bar_of_a_file_is_served_exactly(symbol: str, name: str, size: BarSize, count: int) -> None:
    replay = replayed({symbol: DATA / name})
    served = _served(replay.market, "TRADES", size, replay.end)
    assert len(served) == count
    assert served == _bars_of(DATA / name)


@needs_data
def test_bars_stamped_at_their_end_are_served_from_their_start() -> None:
    path = DATA / "6EH4_1min_202401.csv.gz"
    replay = replayed({"6EH4": path}, stamp="end")
    assert _served(replay.market, "TRADES", MINUTE_1, replay.end) == _bars_of(path, MINUTE)


@needs_data
def test_bars_of_a_currency_are_its_midpoints() -> None:
    path = DATA / "usdjpy_m1_bid_2013.csv.gz"
    replay = replayed({"USDJPY": path})
    assert _served(replay.market, "MIDPOINT", MINUTE_1, replay.end) == _bars_of(path)


@needs_data
@pytest.mark.parametrize("name", ["AAPL_1min.csv", "AAPL_5min.csv"])
def test_made_ticks_rebuild_the_file_s_minutes(name: str) -> None:
    replay = replayed({"AAPL": DATA / name})
    for bar in replay.market.bars(AAPL, MINUTE_1, "TRADES", "all", 0, replay.end, replay.end)[::40]:
        trades = replay.market.trades(AAPL, bar.start, bar.start + MINUTE)
        prices = [each.price for each in trades]
        assert (prices[0], max(prices), min(prices), prices[-1]) == (bar.open, bar.high, bar.low, bar.close)
        assert (sum(each.size for each in trades), len(trades)) == (bar.volume, bar.count)


@needs_data
def test_five_minutes_are_the_sum_of_the_minutes_made_to_fit() -> None:
    replay = replayed({"AAPL": DATA / "AAPL_5min.csv"})
    ask = ("TRADES", "all", 0, replay.end, replay.end)
    minutes = replay.market.bars(AAPL, MINUTE_1, *ask)  # type: ignore[arg-type]
    for bar in replay.market.bars(AAPL, MINUTE_5, *ask)[:200]:  # type: ignore[arg-type]
        parts = [each for each in minutes if bar.start <= each.start < bar.start + 5 * MINUTE]
        assert sum(each.volume for each in parts) == bar.volume
        assert (max(each.high for each in parts), min(each.low for each in parts)) == (bar.high, bar.low)
        assert (parts[0].open, parts[-1].close) == (bar.open, bar.close)


@needs_data
def test_ticks_of_a_file_are_served_as_they_stand() -> None:
    replay = replayed({"AAPL": DATA / "ticks_last.csv"})
    with (DATA / "ticks_last.csv").open() as file:
        rows = [
            (from_datetime(datetime.fromisoformat(r["time"])), float(r["price"]))
            for r in csv.DictReader(file)
        ]
    trades = replay.market.trades(AAPL, 0, replay.end)
    assert [(each.time, each.price) for each in trades] == rows
    (bar,) = replay.market.bars(AAPL, DAY_1, "TRADES", "all", 0, replay.end, replay.end)
    assert (bar.open, bar.close, bar.count) == (rows[0][1], rows[-1][1], len(rows))


@needs_data
def test_quotes_of_a_file_are_served_as_they_stand() -> None:
    path = DATA / "usdjpy_quotes.csv"
    replay = replayed({"USDJPY": path})
    with path.open() as file:
        rows = [
            (from_datetime(datetime.fromisoformat(r["timestamp"])), float(r["bid"]), float(r["ask"]))
            for r in csv.DictReader(file)
        ]
    served: Sequence[QuoteTick] = replay.market.quotes(15016059, 0, replay.end)
    # Each minute begins with the quote that stands, whether or not the file has one then.
    assert [(q.time, q.bid, q.ask) for q in served if q.time % MINUTE] == [
        row for row in rows if row[0] % MINUTE
    ]


@needs_data
def test_a_parquet_file_of_trades_makes_a_new_contract() -> None:
    replay = replayed({"XRPETH": DATA / "xrp_eth_trades.parquet"})
    listing = replay.market.listings[0]
    trades = replay.market.trades(listing.instrument.contract_id, 0, replay.end)
    assert (listing.instrument.symbol, len(trades)) == ("XRPETH", 12_477)
    assert trades[0].size == 23.0
    assert all(q.bid > 0 for q in replay.market.quotes(listing.instrument.contract_id, 0, replay.end)[:500])


def _write(folder: Path, rows: str, name: str = "bars.csv") -> Path:
    path = folder / name
    path.write_text(HEAD + rows)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Ten minutes within regular hours: one missing, one without volume, two prices off AAPL's tick."""
    rows = [f"2026-01-05 14:3{n}:00,10{n},10{n + 1}.5,9{n},10{n}.25,{1000 + n}" for n in (0, 1, 2, 4, 5, 6)]
    rows += ["2026-01-05 14:37:00,105,105,105,105,0", "2026-01-05 14:38:00,105,106.0001,105,105.12345,7"]
    rows += ["2026-01-05 14:39:00,105,107,104,106,3"]
    return _write(tmp_path, "\n".join(rows) + "\n")


def test_prices_off_the_tick_bars_without_volume_and_thin_bars_are_served_exactly(path: Path) -> None:
    replay = replayed({"AAPL": path})
    assert _served(replay.market, "TRADES", MINUTE_1, replay.end) == _bars_of(path)
    for bar in replay.market.bars(AAPL, MINUTE_1, "TRADES", "all", 0, replay.end, replay.end):
        trades = replay.market.trades(AAPL, bar.start, bar.start + MINUTE)
        assert sum(each.size for each in trades) == bar.volume
        assert {bar.high, bar.low} <= {each.price for each in trades}


def test_after_its_end_a_file_goes_on_from_its_last_close_around_the_clock(path: Path) -> None:
    replay = replayed({"AAPL": path}, seed=3)
    assert replay.end == parse("2026-01-05T14:40")
    later = replay.end + 30 * DAY
    bars = replay.market.bars(AAPL, MINUTE_1, "TRADES", "rth", replay.end, replay.end + 3 * DAY, later)
    assert len(bars) == 3 * 1440
    assert bars[0].open == pytest.approx(106, rel=0.002)
    assert all(round(each.close * 100) / 100 == each.close for each in bars)
    first = replay.market.trades(AAPL, replay.end, replay.end + MINUTE)
    assert sum(each.size for each in first) == bars[0].volume


def test_sessions_of_a_replay_follow_each_other_and_days_are_unique(path: Path) -> None:
    replay = replayed({"AAPL": path})
    sessions = replay.market.sessions(AAPL, 0, replay.end + 5 * DAY)
    assert all(a.close == b.open and a.date < b.date for a, b in pairwise(sessions))
    bars = replay.market.bars(AAPL, DAY_1, "TRADES", "all", 0, replay.end + 5 * DAY, replay.end + 9 * DAY)
    assert len({each.start for each in bars}) == len(bars) == 6


def test_a_gap_in_the_file_has_quotes_but_no_trades(path: Path) -> None:
    replay, gap = replayed({"AAPL": path}), parse("2026-01-05T14:33")
    assert not replay.market.trades(AAPL, gap, gap + MINUTE)
    quotes = replay.market.quotes(AAPL, gap, gap + MINUTE)
    assert quotes
    assert all(q.bid <= 102.25 <= q.ask for q in quotes)


def test_a_gap_in_a_file_of_a_currency_has_nothing(path: Path) -> None:
    replay, gap = replayed({"EURUSD": path}), parse("2026-01-05T14:33")
    starts = {bar[0] for bar in _served(replay.market, "MIDPOINT", MINUTE_1, replay.end)}
    assert starts == {row[0] for row in _bars_of(path)}
    assert not replay.market.quotes(EURUSD, gap, gap + MINUTE)
    assert not replay.market.bars(EURUSD, BarSize.parse("5s"), "BID", "all", gap, gap + MINUTE, replay.end)
    assert replay.market.bars(
        EURUSD, MINUTE_1, "BID_ASK", "all", replay.end, replay.end + 1, replay.end + DAY
    )


def test_a_file_without_volumes_gets_plausible_ones(tmp_path: Path) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("time,open,high,low,close\n2026-01-05T15:00,9,9.5,8,9\n2026-01-05T15:01,9,9,9,9\n")
    replay = replayed({"AAPL": path})
    for bar in replay.market.bars(AAPL, MINUTE_1, "TRADES", "all", 0, replay.end, replay.end):
        trades = replay.market.trades(AAPL, bar.start, bar.start + MINUTE)
        assert 1_000 < bar.volume == sum(each.size for each in trades)


def test_head_is_the_start_of_the_file(path: Path) -> None:
    head = replayed({"AAPL": path}).market.listings[0].head
    assert head == parse("2026-01-05T14:30")
    assert replayed({"AAPL": path}, stamp="end").market.listings[0].head == head - MINUTE


def test_everything_that_decides_the_data_decides_the_source(path: Path, tmp_path: Path) -> None:
    other = _write(tmp_path, path.read_text()[len(HEAD) :].replace("107", "108"), "other.csv")
    names = {
        replayed({"AAPL": path}).market.source.name,
        replayed({"AAPL": other}).market.source.name,
        replayed({"MSFT": path}).market.source.name,
        replayed({"AAPL": path}, stamp="end").market.source.name,
        replayed({"AAPL": path}, zone="Europe/Berlin").market.source.name,
        replayed({"AAPL": path}, seed=1).market.source.name,
        replayed({"AAPL": path}, feed="tws").market.source.name,
    }
    assert len(names) == 7
    assert replayed({"AAPL": path}).market.source.name in names


def test_the_rest_of_the_universe_is_generated(path: Path, market: MarketModel) -> None:
    replay, start = replayed({"AAPL": path}, seed=7), parse("2026-01-06T15:00")
    ask = (ES, MINUTE_1, "TRADES", "all", start, start + DAY, start + DAY)
    assert replay.market.bars(*ask) == market.bars(*ask)  # type: ignore[arg-type]
    assert len(replay.market.listings) == len(market.listings)


def test_an_entitlement_goes_for_replayed_contracts_too(path: Path) -> None:
    replay = replayed({"ZZZ": path}, entitlement="delayed")
    assert {each.entitlement for each in replay.market.listings} == {"delayed"}


def test_a_new_symbol_has_the_same_contract_id_every_time(path: Path) -> None:
    ids = {replayed({"ZZZ": path}, seed=n).market.listings[0].instrument.contract_id for n in (1, 2)}
    assert len(ids) == 1
    assert not ids & {AAPL, EURUSD}


@pytest.mark.parametrize(
    ("files", "options", "said"),
    [
        ({"RHM": "bars.csv"}, {}, "'RHM' fits several contracts; name one by its conId"),
        ({"AAPL": "bars.csv"}, {"zone": "Mars"}, "'Mars' is no time zone"),
        ({"AAPL": "daily.csv"}, {}, "its bars are 86400 s long; give bars of 1m"),
        ({"AAPL": "seconds.csv"}, {}, "line 2: the time is not on the minute"),
    ],
)
def test_a_replay_that_makes_no_sense_is_refused(
    path: Path, files: Mapping[str, str], options: Mapping[str, str], said: str
) -> None:
    _write(path.parent, "2026-01-05,1,1,1,1,1\n2026-01-06,1,1,1,1,1\n", "daily.csv")
    _write(path.parent, "2026-01-05 10:00:30,1,1,1,1,1\n2026-01-05 10:01:30,1,1,1,1,1\n", "seconds.csv")
    with pytest.raises(BadRequest, match=said):
        replayed({symbol: path.parent / name for symbol, name in files.items()}, **options)  # type: ignore[arg-type]


def test_a_missing_file_is_a_matter_of_set_up(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"none\.csv cannot be read"):
        replayed({"AAPL": tmp_path / "none.csv"})


def test_numbers_with_very_many_digits_are_served_exactly(tmp_path: Path) -> None:
    price = 171.67999267578125  # a 32-bit float, widened
    rows = "".join(f"2026-01-05 14:3{n}:00,{price},{price + n},{price},{price},12345\n" for n in range(5))
    path = _write(tmp_path, rows)
    replay = replayed({"AAPL": path})
    assert _served(replay.market, "TRADES", MINUTE_1, replay.end) == _bars_of(path)
    bar = replay.market.bars(AAPL, MINUTE_5, "TRADES", "all", 0, replay.end, replay.end)[0]
    assert bar.low <= bar.average <= bar.high
    assert sum(t.size for t in replay.market.trades(AAPL, 0, replay.end)) == 5 * 12345
    assert replay.market.bars(AAPL, MINUTE_1, "TRADES", "all", replay.end, replay.end + DAY, replay.end + DAY)


def test_turnover_of_many_digits_and_a_large_volume_does_not_overflow(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-05 14:3{n}:00,171.123456789,172,171,171.5,900000000\n" for n in range(3))
    replay = replayed({"AAPL": _write(tmp_path, rows)})
    (bar,) = replay.market.bars(AAPL, DAY_1, "TRADES", "all", 0, replay.end, replay.end)
    assert bar.volume == 2_700_000_000
    assert 171 <= bar.average <= 172


def test_the_tws_feed_lies_over_a_replay_too(path: Path) -> None:
    plain, tws = replayed({"AAPL": path}), replayed({"AAPL": path}, feed="tws")
    ask = (AAPL, MINUTE_1, "TRADES", "all", 0, plain.end, plain.end + DAY)
    assert tws.market.bars(*ask) == plain.market.bars(*ask)  # type: ignore[arg-type]
    live = tws.market.trades(AAPL, plain.end, plain.end + 5 * MINUTE)
    assert len(live) > len(plain.market.trades(AAPL, plain.end, plain.end + 5 * MINUTE))
