"""Forecasts as clients see them: live, the newest at first, and those that were kept."""

import json
from pathlib import Path

import msgspec

from ai.journal import Journal, Line
from data_processing.timeseries_db import TimeseriesDB
from ib_stream.feeds import Feeds
from ib_stream.feeds.archive import Origin
from market.clock import DrivenClock
from market.events import Prediction
from market.times import MINUTE
from tests.fakes import SIM, T0
from tests.ib_stream.feeds.fakes import ID, FakeBroker, FakeHub, World

TOPIC = f"prediction:{ID}:1m"


def told(n: int, size: str = "1m") -> Prediction:
    """Of the minute `n`, made as it began."""
    time = T0 + n * MINUTE
    champions = (("close", "persistence"), ("range", "har"))
    made = Prediction(ID, "SMART", time, time, size, 9, 9.5, 8.5, 9, 100, "v1", champions=champions)
    return msgspec.structs.replace(made, last=time - MINUTE, inside=9, compared=10)


async def test_a_forecast_of_its_size_is_sent_with_who_spoke_and_how_it_held(world: World) -> None:
    with await world.feeds.join([TOPIC]) as joined:
        assert joined.snapshot == []
        for each in (told(1), told(1, "5m"), told(2)):
            world.bus.publish(each)
        assert len(joined.snapshot) == 1
    first, second = (each["data"] for each in world.hub.of("prediction"))
    assert (first["unix_time"], first["after"]) == (T0 // 10**9 + 60, T0 // 10**9)
    assert second["champions"] == {"close": "persistence", "range": "har"}
    assert second["coverage"] == {"inside": 9, "compared": 10}
    assert not world.broker.streams


async def test_who_comes_gets_the_newest_that_was_kept_and_who_comes_back_all_since(tmp_path: Path) -> None:
    with TimeseriesDB.open(tmp_path, SIM, write=True) as db:
        journal = Journal(db.folder, "AAPL", "1m")
        for n in range(5):
            journal.note(Line(forecast=told(n)))
        clock = DrivenClock(T0 + 5 * MINUTE)
        feeds = Feeds(FakeBroker(clock), FakeHub(), db, clock)  # type: ignore[arg-type]
        feeds.start()
        with await feeds.join([TOPIC]) as joined:
            (newest,) = [json.loads(each)["data"] for each in joined.snapshot]
            feed = feeds._feeds[TOPIC]
            since = [json.loads(each) async for each in feed.replay(Origin(since=T0 + 3 * MINUTE), 0)]
        await feeds.close()
    assert newest["unix_time"] == (T0 + 4 * MINUTE) // 10**9
    assert [each["data"]["unix_time"] * 10**9 - T0 for each in since] == [3 * MINUTE, 4 * MINUTE]
