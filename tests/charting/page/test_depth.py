"""The order book on the page, from the server's own stream of it."""

from simulator import faults
from simulator.faults.lines import Cut, Refused
from simulator.gateway.server import GatewayThread
from tests.charting.page.shown import Shown

SURFACE = "truetick.surface"
LOST = f"{SURFACE}.columns.slots.filter((slot) => slot.lost).length"
NEWEST = f"{SURFACE}.columns.at({SURFACE}.columns.newest)"
BOOK = f"{SURFACE}.book?.prices.length > 8"


def test_the_book_of_the_contract_is_drawn_and_a_cut_is_grey_on_it(tws: GatewayThread, shown: Shown) -> None:
    shown.open()
    shown.until(BOOK)
    assert shown.text(".surface-title") == "Depth AAPL"
    assert shown.ask(f"{NEWEST}.lost") is False
    with faults.applied(tws, Refused()), faults.applied(tws, Cut()):
        shown.until(f"{SURFACE}.record.losingSince !== null")
        shown.until("document.querySelector('.surface-state').textContent.startsWith('depth lost since')")
    shown.until(BOOK)
    shown.until("document.querySelector('.surface-state').textContent === ''")
    assert shown.ask(LOST) > 0
    assert shown.ask(f"{NEWEST}.book.prices.length") > 8


def test_a_book_that_has_not_changed_meanwhile_is_there_again_after_a_reconnect(shown: Shown) -> None:
    shown.open()
    shown.until(BOOK)
    # From now on no change of the book is told; how it stands is, to whoever begins to listen.
    shown.ask(
        """(take => truetick.take = message => {
            if (message.type !== 'depth' || truetick.surface.record.losingSince !== null) take(message);
        })(truetick.take.bind(truetick))"""
    )
    shown.ask("truetick.stream.drop()")
    shown.until(f"{SURFACE}.record.losingSince !== null")
    shown.until(f"{SURFACE}.record.losingSince === null && {BOOK}")


def test_the_theme_of_the_page_is_the_surfaces(shown: Shown) -> None:
    shown.open("/chart/AAPL?theme=dark")
    shown.until(BOOK)
    dark = shown.ask(f"{SURFACE}.palette.text.background")
    shown.open("/chart/AAPL?theme=light")
    shown.until(BOOK)
    assert dark != shown.ask(f"{SURFACE}.palette.text.background") == "#ffffff"


def test_another_contract_has_a_book_of_its_own(shown: Shown) -> None:
    shown.open()
    shown.until(BOOK)
    shown.ask("truetick.open('TSLA')")
    shown.until("document.querySelector('.surface-title').textContent === 'Depth TSLA'")
    shown.until(f"{BOOK} && {SURFACE}.book.bid > 300")
