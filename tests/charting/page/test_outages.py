"""The page while things go wrong: it says so, and afterwards no bar is wrong or missing."""

from ib_stream.feeds.candle_feed import CandleFeed
from simulator import faults
from simulator.faults.lines import Cut, Refused
from simulator.faults.market import BarsRevised
from simulator.gateway.server import GatewayThread
from tests.charting.page.shown import Shown
from tests.ib_stream.serving import AAPL, Running

STATE = "document.querySelector('#line').dataset.state"


def agree(web: Running, shown: Shown, frame: str) -> int:
    """How many settled bars are the same here and at the server; none may differ or be missing."""
    bars = web.get(f"/chart/{AAPL}/bars", params={"frame": frame}).json()["bars"]
    rows = zip(
        *(bars[name] for name in ("time", "open", "high", "low", "close", "volume", "final")), strict=True
    )
    theirs = {row[0]: list(row[1:6]) for row in rows if row[6]}
    mine = shown.finals()
    both = mine.keys() & theirs.keys()
    assert {time for time in theirs if min(mine) <= time <= max(mine)} == both
    assert {time: mine[time] for time in both} == {time: theirs[time] for time in both}
    return len(both)


def test_after_a_reload_in_mid_stream_every_bar_is_there(web: Running, shown: Shown) -> None:
    shown.open()
    shown.until("truetick.bars.last.final === false")
    before = shown.finals()
    shown.page.reload()
    shown.ready()
    after = shown.finals()
    assert {time: after[time] for time in before if time in after} == {
        t: v for t, v in before.items() if t in after
    }
    assert agree(web, shown, "1m") > 500


def test_a_lost_gateway_is_shown_within_two_seconds_and_what_it_took_comes_back(
    web: Running, tws: GatewayThread, shown: Shown
) -> None:
    shown.open()
    shown.keys("2")
    shown.until("truetick.ready && truetick.settings.frame === '5s' && truetick.bars.list.length > 60")
    with faults.applied(tws, Refused()), faults.applied(tws, Cut()):
        assert shown.until(f"{STATE} === 'reconnecting'", 4) < 2
        assert shown.text("#reason")
        shown.page.wait_for_timeout(200)
    shown.until(f"{STATE} === 'live'")
    last = shown.ask("truetick.bars.last.time")
    shown.until(f"truetick.bars.last.time > {last + 5}")
    shown.until("truetick.bars.settled.time > it".replace("it", str(last - 60)))
    assert agree(web, shown, "5s") > 100


def test_the_page_comes_back_by_itself_when_its_connection_breaks(web: Running, shown: Shown) -> None:
    shown.open()
    shown.page.context.set_offline(True)
    # A connection that stands is not broken by that: end it as a proxy would.
    shown.ask("truetick.stream.drop()")
    shown.until(f"{STATE} === 'reconnecting'", 5)
    shown.page.context.set_offline(False)
    shown.until(f"{STATE} === 'live'")
    count = shown.ask("truetick.badges.count")
    shown.until(f"truetick.badges.count !== {count}")
    assert agree(web, shown, "1m") > 500


def test_a_bar_that_history_revises_flashes_and_is_counted(
    web: Running, tws: GatewayThread, shown: Shown
) -> None:
    shown.open()
    shown.until("truetick.bars.last.final === false && truetick.bars.revised === 0")
    before = shown.finals()
    with faults.applied(tws, BarsRevised("AAPL", volume=2.0)):
        ask_history(web)
        shown.until("truetick.bars.revised > 0")
        changed = {time for time, values in shown.finals().items() if before.get(time, values) != values}
        assert changed
        assert shown.ask("truetick.chart.flashing.size") > 0
        shown.until("document.querySelector('#revised').textContent.includes('revised')")
    ask_history(web)
    shown.until(f"truetick.bars.revised >= {2 * len(changed)}")
    assert {time: shown.finals()[time] for time in changed} == {time: before[time] for time in changed}


def ask_history(web: Running) -> None:
    """As each minute does."""
    feeds = web.service.parts.feeds
    for feed in [each for each in feeds._feeds.values() if isinstance(each, CandleFeed)]:
        assert feed._poll is not None
        web.service.loop.call_soon_threadsafe(feed._poll.soon)
