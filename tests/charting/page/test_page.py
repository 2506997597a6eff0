"""What a user does on the page, each of it in a real browser before a real server."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from charting.marks import Forecast, Label, Mark, OrderMark, PriceLine, Step
from market.times import MINUTE, SECOND
from tests.charting.page.shown import Shown
from tests.ib_stream.serving import AAPL, Running


def put(web: Running, *marks: Any) -> None:
    """As a program of the server's own process does."""
    book = web.service.marks.of(AAPL)
    for each in marks:
        web.service.loop.call_soon_threadsafe(book.put, each)


def told(web: Running, frame: str, **more: str) -> dict[int, list[float]]:
    """What the server has of settled bars, by time."""
    bars = web.get(f"/chart/{AAPL}/bars", params={"frame": frame, **more}).json()["bars"]
    names = ("open", "high", "low", "close", "volume")
    rows = zip(bars["time"], bars["final"], *(bars[name] for name in names), strict=True)
    return {time: values for time, final, *values in rows if final}


def test_settled_bars_are_the_servers_and_the_running_one_is_provisional(web: Running, shown: Shown) -> None:
    shown.open()
    shown.until("truetick.bars.last.final === false")
    mine, theirs = shown.finals(), told(web, "1m")
    assert len(mine) > 500
    assert {time: theirs[time] for time in mine if time in theirs} == {
        t: v for t, v in mine.items() if t in theirs
    }
    assert len(mine.keys() & theirs.keys()) > 500
    shown.until("!document.querySelector('#countdown').hidden")
    assert "provisional" in shown.text("#countdown")
    assert "provisional" in shown.text("#legend")


def test_a_running_bar_is_hollow_and_follows_every_trade(shown: Shown) -> None:
    shown.open()
    shown.until("truetick.bars.last.final === false")
    last = shown.ask("truetick.chart.candles.running.data().at(-1)")
    assert last["color"] == shown.ask("truetick.chart.colours.page")
    volume = shown.ask("truetick.bars.last.volume + truetick.bars.last.time")
    shown.until(f"truetick.bars.last.volume + truetick.bars.last.time > {volume}")


@pytest.mark.parametrize(("key", "frame", "seconds"), [("4", "5m", 300), ("6", "1h", 3600)])
def test_a_frame_is_an_exact_regrouping_of_minutes(
    web: Running, shown: Shown, key: str, frame: str, seconds: int
) -> None:
    shown.open()
    shown.keys(key)
    shown.until(f"truetick.ready && truetick.settings.frame === {frame!r}")
    whole = shown.finals()
    assert len(whole) > 3
    first, last = sorted(whole)[-3], sorted(whole)[-1]
    minutes = told(web, "1m", start=iso(first), end=iso(last + seconds))
    for start in [time for time in whole if first <= time <= last]:
        parts = [minutes[time] for time in sorted(minutes) if start <= time < start + seconds]
        opens, highs, lows, closes, volumes = zip(*parts, strict=True)
        assert whole[start] == [opens[0], max(highs), min(lows), closes[-1], pytest.approx(sum(volumes))]


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("frame", ["1s", "5s", "15m", "1D"])
def test_every_frame_can_be_chosen_in_the_bar(shown: Shown, frame: str) -> None:
    shown.open()
    shown.page.get_by_role("radio", name=frame, exact=True).click()
    shown.until(f"truetick.ready && truetick.settings.frame === {frame!r} && truetick.bars.list.length > 2")
    assert shown.page.get_by_role("radio", name=frame, exact=True).get_attribute("aria-checked") == "true"
    assert frame in shown.text("#legend")


def test_a_name_with_several_contracts_lists_their_exchanges_and_currencies(shown: Shown) -> None:
    shown.open()
    shown.keys("/")
    shown.page.keyboard.type("RHM")
    shown.until("document.querySelectorAll('#found [role=option]').length >= 2")
    options = shown.page.locator("#found small").all_inner_texts()
    assert any("EUR" in each for each in options)
    shown.page.keyboard.type("")
    shown.keys("Control+a")
    shown.page.keyboard.type("MSFT")
    shown.until("document.querySelector('#found strong')?.textContent === 'MSFT'")
    shown.keys("Enter")
    shown.until("truetick.ready && truetick.contract.symbol === 'MSFT' && truetick.bars.list.length > 3")
    assert shown.text("#ticker") == "MSFT"
    assert "/chart/" in shown.page.url


def test_it_follows_at_the_right_edge_only(shown: Shown) -> None:
    shown.open()
    shown.keys("1")
    shown.until("truetick.ready && truetick.settings.frame === '1s' && truetick.bars.list.length > 60")
    assert shown.page.locator("#to-live").is_hidden()
    for _ in range(6):
        shown.keys("ArrowLeft")
    shown.until("!document.querySelector('#to-live').hidden")
    # All keys have moved it by now: it stands where ten bars each have taken it.
    shown.until("truetick.chart.chart.timeScale().scrollPosition() < -40")
    scale = "truetick.chart.chart.timeScale().getVisibleRange().to"
    seen, count = shown.ask(scale), shown.ask("truetick.bars.last.time")
    shown.until(f"truetick.bars.last.time > {count + 2}")
    assert shown.ask(scale) == seen
    shown.keys("End")
    shown.until("document.querySelector('#to-live').hidden")


def test_keys_that_come_before_the_next_frame_move_on_from_where_it_will_be(shown: Shown) -> None:
    shown.open()
    position = "truetick.chart.chart.timeScale().scrollPosition()"
    before = shown.ask(position)
    shown.ask("truetick.chart.pan(-10), truetick.chart.pan(-10), truetick.chart.pan(-10)")
    shown.until(f"Math.round({position}) <= {before - 29}")
    width = "(({from, to}) => to - from)(truetick.chart.chart.timeScale().getVisibleLogicalRange())"
    wide = shown.ask(width)
    shown.ask("truetick.chart.zoom(2), truetick.chart.zoom(2)")
    shown.until(f"{width} > {3.9 * wide}")


def test_older_bars_come_when_they_are_scrolled_to(shown: Shown) -> None:
    shown.open()
    first = shown.ask("truetick.bars.first.time")
    shown.ask("truetick.chart.pan(-520)")
    shown.until(f"truetick.bars.first.time < {first}")
    times = shown.ask("truetick.bars.list.map(b => b.time)")
    assert times == sorted(set(times))


def test_the_crosshair_reads_the_bar_that_it_is_on(shown: Shown) -> None:
    shown.open()
    box = shown.page.locator("#plot").bounding_box()
    assert box is not None
    shown.page.mouse.move(box["x"] + 200, box["y"] + 200)
    shown.until("truetick.pointed && truetick.pointed < truetick.bars.last.time")
    bar = shown.ask("truetick.bars.get(truetick.pointed)")
    shown.until(f"document.querySelector('#legend').innerText.includes({bar['high']:.2f}.toFixed(2))")
    assert f"{bar['low']:.2f}" in shown.text("#legend")


def test_keys_are_listed_and_the_list_closes(shown: Shown) -> None:
    shown.open()
    shown.keys("?")
    assert shown.page.get_by_role("dialog", name="Keys").is_visible()
    assert shown.page.locator("#help tr").count() > 15
    shown.keys("Escape")
    assert shown.page.locator("#help").is_hidden()


def test_themes_and_the_palette_colour_the_candles_and_are_kept(shown: Shown) -> None:
    shown.open()
    seen = [shown.ask("truetick.chart.colours.up")]
    for _ in range(3):
        shown.keys("d")
        seen.append(shown.ask("truetick.chart.colours.up"))
    assert len(set(seen)) == 4
    assert shown.ask("document.documentElement.dataset.palette") == "colour-blind"
    shown.open()
    assert shown.ask("truetick.chart.colours.up") == seen[3]


def test_a_zone_changes_the_words_and_never_the_data(shown: Shown) -> None:
    shown.open()
    before = shown.ask("truetick.bars.last.time")
    shown.page.select_option("#zone", "Asia/Tokyo")
    assert shown.ask("truetick.zone.time(it)", 1_767_225_600) == "09:00:00"
    shown.page.select_option("#zone", "UTC")
    assert shown.ask("truetick.zone.time(it)", 1_767_225_600) == "00:00:00"
    assert shown.ask("truetick.bars.last.time") - before in (0, 60)


def test_a_zone_that_browsers_do_not_list_can_be_chosen_in_the_address(shown: Shown) -> None:
    shown.open("/chart/AAPL?zone=Etc/GMT-2")
    assert shown.page.locator("#zone").input_value() == "Etc/GMT-2"
    assert shown.ask("document.querySelector('#zone').selectedOptions[0].text") == "UTC+2"
    assert shown.ask("truetick.zone.time(it)", 1_767_225_600) == "02:00:00"
    shown.open("/chart/AAPL?zone=Mars/Base")
    assert shown.page.locator("#zone").input_value() == "UTC"


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)])
def test_a_day_of_a_clock_change_has_the_hours_it_has(shown: Shown, day: str, hours: int) -> None:
    shown.open()
    shown.page.select_option("#zone", "America/New_York")
    noon = int(datetime.fromisoformat(f"{day}T12:00:00+00:00").timestamp())
    shown.ask(
        """truetick.stream.close(), truetick.ready = false,
        truetick.bars.list.splice(0), truetick.bars.prepend(Array.from({length: 80}, (_, n) => ({time:
        it + (n - 40) * 3600, open: 1, high: 2, low: 1, close: 2, volume: 1, final: true}))),
        truetick.ready = true, truetick.chart.draw(truetick.bars)""",
        noon,
    )
    drawn = shown.ask(
        """[truetick.chart.candles.settled, truetick.chart.candles.running].flatMap(each => each.data())
        .map(bar => [bar.time, truetick.zone.date.format(bar.time * 1000)])"""
    )
    today = [time for time, date in drawn if date == shown.ask("truetick.zone.date.format(it * 1000)", noon)]
    assert len(today) == hours
    assert {b - a for a, b in pairwise(today)} == {3600}


def test_what_programs_mark_is_drawn_and_taken_away(web: Running, shown: Shown) -> None:
    shown.open()
    time = shown.ask("truetick.bars.list.at(-20).time") * SECOND
    price = shown.ask("truetick.bars.list.at(-20).close")
    steps = tuple(
        Step(time + n * MINUTE, price, price - n, price + n, price - 2 * n, price + 2 * n)
        for n in range(1, 9)
    )
    marks: list[Mark] = [
        Label(id="buy", time=time, side="buy", price=price, text="BUY @ 1"),
        PriceLine(id="line", price=price, text="stop"),
        OrderMark(
            id="42", side="SELL", order_type="LMT", quantity=10, filled=4, price=price + 1, status="Submitted"
        ),
        Forecast(id="f", time=time, model="lstm", size="1m", steps=steps),
    ]
    put(web, *marks)
    shown.until("truetick.chart.cone.forecasts.length === 1 && truetick.chart.stubs.labels.length === 1")
    assert shown.ask("[...truetick.marks.lines.keys()].sort().slice(0, 2)") == ["line", "order:42"]
    assert "4/10" in shown.text("#blotter")
    assert "lstm next 8" in shown.text("#legend")
    assert "hit 50 %: 8/8" in shown.text("#legend")
    shown.keys("p")
    shown.until("!document.querySelector('#legend').innerText.includes('lstm')")
    web.service.loop.call_soon_threadsafe(web.service.marks.of(AAPL).clear)
    shown.until("truetick.chart.stubs.labels.length === 0 && !truetick.marks.lines.has('line')")


def test_a_position_shows_what_it_gains(shown: Shown) -> None:
    shown.open()
    shown.until("document.querySelector('#position')")
    shown.until("/[+−][0-9]/.test(document.querySelector('#position').lastElementChild.textContent)")
    assert "LONG" in shown.text("#position")
    assert shown.ask("truetick.marks.lines.get('position').options().title").startswith("LONG 100")


def test_it_says_always_that_the_market_is_simulated(shown: Shown) -> None:
    shown.open()
    for width in (1400, 390):
        shown.page.set_viewport_size({"width": width, "height": 800})
        assert shown.page.locator("#trading").is_visible()
        assert shown.text("#trading") == "SIMULATED"
        assert shown.ask("document.documentElement.scrollWidth") <= width


def test_time_is_the_markets_where_that_is_another_day(shown: Shown) -> None:
    shown.open()
    assert shown.ask("Math.abs(truetick.badges.now - Date.now())") < 2
    shown.ask("truetick.badges.market(Date.now() / 1000 - 86400)")
    assert abs(shown.ask("Date.now() - truetick.badges.now") - 86_400_000) < 1000


def test_a_picture_is_saved_as_png(shown: Shown) -> None:
    shown.open()
    with shown.page.expect_download() as found:
        shown.keys("s")
    path = found.value.path()
    assert found.value.suggested_filename == "AAPL-1m.png"
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_everything_that_can_be_used_has_a_name(shown: Shown) -> None:
    shown.open()
    nameless = """[...document.querySelectorAll('button, select, input, canvas[role], section, summary')]
        .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.title || e.labels?.length))
        .map(e => e.outerHTML)"""
    assert shown.ask(nameless) == []
    shown.keys("l")
    assert "AAPL 1m" in shown.ask("document.querySelector('#spoken').textContent")


def test_regular_hours_are_asked_of_the_server_and_kept(shown: Shown) -> None:
    shown.open()
    shown.keys("h")
    shown.until("truetick.ready && truetick.settings.hours === 'rth'")
    shown.until("truetick.bars.last?.final === false")
    assert shown.page.locator("#hours").get_attribute("aria-pressed") == "true"


def test_a_contract_without_trades_and_book_has_its_chart_all_the_same(shown: Shown) -> None:
    shown.open("/chart/EURUSD")
    assert shown.ask("truetick.stream.choices[0]") == []
    assert shown.page.locator("#reason").is_hidden()
    shown.until("truetick.bars.last.final === false")
    assert shown.ask("truetick.bars.last.volume") is None
    assert "V –" in shown.text("#legend").replace("\n", " ")


def test_the_volumes_pane_is_there_where_there_are_volumes_and_nowhere_else(shown: Shown) -> None:
    panes = "truetick.chart.chart.panes().map(pane => pane.getSeries().length)"
    shown.open("/chart/EURUSD?studies=rsi")
    assert shown.ask(panes) == [2, 1]
    shown.ask("truetick.open('AAPL')")
    shown.until("truetick.ready && truetick.contract.symbol === 'AAPL' && truetick.chart.drawn.size > 3")
    assert shown.ask(panes) == [2, 2, 1]
    shown.ask("truetick.open('EURUSD')")
    shown.until("truetick.ready && truetick.contract.symbol === 'EUR' && truetick.chart.drawn.size > 3")
    assert shown.ask(panes) == [2, 1]


def test_a_day_counts_down_to_the_close(shown: Shown) -> None:
    shown.open("/chart/AAPL?frame=1D")
    shown.ask("truetick.stream.close(), truetick.bars.last.final = false")
    shown.ask("truetick.sessions = [[truetick.badges.now / 1000 - 60, truetick.badges.now / 1000 + 7260]]")
    shown.until("document.querySelector('#countdown').textContent.includes('closes in 2 h')")
    shown.ask("truetick.sessions = []")
    shown.until("document.querySelector('#countdown').textContent.includes('waits for history')")


def test_a_contract_of_which_nothing_comes_is_called_quiet(shown: Shown) -> None:
    shown.open()
    shown.until("document.querySelector('#latency').textContent.startsWith('feed')")
    shown.ask("truetick.stream.close(), truetick.badges.heard -= 20000")
    shown.until("document.querySelector('#latency').textContent.startsWith('quiet: nothing for 2')")
    assert "quiet" in (shown.page.locator("#latency").get_attribute("class") or "")
