"""What a user does with the surface: prices and time on screen, settings, keys, what is read aloud."""

from tests.charting.page.surface.driven import ASKS, BIDS, Driven, Levels, news, time


def moved(levels: Levels, by: float) -> Levels:
    return {price + by: size for price, size in levels.items()}


def centre(surface: Driven) -> int:
    found: int = surface.page.evaluate("surface.view.centre")
    return found


def test_a_small_move_leaves_the_prices_where_they_are_and_a_large_one_is_followed(surface: Driven) -> None:
    surface.show(0)
    before = centre(surface)
    surface.show(1000, moved(BIDS, 0.01), moved(ASKS, 0.01))
    assert centre(surface) == before
    surface.show(2000, moved(BIDS, 0.50), moved(ASKS, 0.50))
    assert centre(surface) > before
    assert surface.page.evaluate("surface.view.down(surface.book.high) > 0")


def test_ten_levels_fill_most_of_the_height(surface: Driven) -> None:
    surface.show(0)
    assert 20 <= surface.page.evaluate("surface.view.rows") <= 28


def test_frozen_it_holds_still_keeps_what_comes_and_goes_on(surface: Driven) -> None:
    surface.show(0)
    surface.wait(5000)
    surface.page.get_by_role("button", name="Hold the picture").click()
    held = surface.colour(4000, 99.97)
    surface.show(6000, moved(BIDS, 0.50), moved(ASKS, 0.50))
    surface.wait(10_000)
    assert surface.text(".surface-state") == "frozen"
    assert surface.colour(4000, 99.97) == held
    surface.do("surface.canvas.focus()")
    surface.page.keyboard.press("f")
    surface.do("0")
    assert surface.cell(8000, 100.50)["state"] == "bid"
    assert surface.text(".surface-state") == ""


def test_a_drag_stays_where_it_is_put_until_recentred(surface: Driven) -> None:
    surface.show(0)
    before = centre(surface)
    x, y = surface.place(0, 100.0)
    surface.page.mouse.move(x - 40, y)
    surface.page.mouse.down()
    surface.page.mouse.move(x - 40, y + 150, steps=4)
    surface.page.mouse.up()
    dragged = centre(surface)
    assert dragged > before
    surface.show(1000, moved(BIDS, 0.05), moved(ASKS, 0.05))
    assert centre(surface) == dragged
    surface.page.get_by_role("button", name="Follow the market").click()
    surface.do("0")
    assert abs(centre(surface) - 10_005) < 4


def test_the_wheel_shows_more_prices_and_the_zoom_stays(surface: Driven) -> None:
    surface.show(0)
    rows = surface.page.evaluate("surface.view.rows")
    surface.page.mouse.move(*surface.place(0, 100.0))
    for _ in range(3):
        surface.page.mouse.wheel(0, 100)
    surface.page.wait_for_function(f"surface.view.rows > {rows}")
    wide = surface.page.evaluate("surface.view.rows")
    surface.show(1000, moved(BIDS, 3.0), moved(ASKS, 3.0))
    assert surface.page.evaluate("surface.view.rows") == wide


def test_an_exact_cut_off_goes_on_from_the_percentile_and_dims_what_is_below(surface: Driven) -> None:
    surface.show(0, {**BIDS, 99.95: 5000.0})
    surface.wait(5000)
    surface.page.get_by_role("button", name="Settings").click()
    surface.page.get_by_label("Cut-off").select_option("exact")
    assert float(surface.page.get_by_label("from", exact=True).input_value()) == 100
    before = surface.colour(2000, 99.97).light
    surface.page.get_by_label("from", exact=True).fill("200")
    surface.do("0")
    assert surface.colour(2000, 99.97).light < before
    assert surface.colour(2000, 99.95).light > before


def test_contrast_brings_out_small_sizes(surface: Driven) -> None:
    surface.show(0, {**BIDS, 99.95: 5000.0, 99.97: 1200.0})
    surface.wait(5000)
    before = surface.colour(2000, 99.97).light
    surface.do("surface.set('contrast', 4)")
    assert surface.colour(2000, 99.97).light > before


def test_longer_columns_show_the_same_time_again(surface: Driven) -> None:
    surface.show(0, {**BIDS, 99.95: 5000.0})
    surface.show(60_000)
    surface.wait(300_000)
    surface.do("surface.set('span', 1000)")
    assert [surface.cell(at, 99.95)["size"] for at in (30_000, 90_000)] == [5000, 100]


def test_the_mouse_over_a_cell_shows_what_is_known_of_it(surface: Driven) -> None:
    surface.show(0)
    surface.wait(5000)
    surface.page.mouse.move(*surface.place(2000, 99.97))
    assert surface.text(".surface-tip") == "99.97 · 14:30:02 · bid 100"
    surface.page.mouse.move(*surface.place(-3000, 99.97))
    assert surface.text(".surface-tip").endswith("no book")


def test_by_keyboard_a_cell_is_pointed_at_and_read_aloud(surface: Driven) -> None:
    surface.show(0)
    surface.wait(5000)
    surface.do("surface.canvas.focus()")
    reached = surface.do("window.heard = 0; addEventListener('keydown', () => heard++)")
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown"):
        surface.page.keyboard.press(key)
    assert reached is None
    assert surface.page.evaluate("heard") == 0, "the page's own keys do not act on them"
    assert " · 14:30:04 · bid 100" in surface.text(".surface-said")
    surface.page.keyboard.press("Escape")
    assert surface.page.locator(".surface-tip").is_hidden()


def test_a_screen_reader_has_names_the_book_and_hears_of_a_loss(surface: Driven) -> None:
    surface.show(0)
    assert surface.page.get_by_role("application", name="Depth of the market over time RHM").count() == 1
    rows = surface.page.locator(".surface-table tbody tr")
    assert rows.count() == 20
    assert rows.nth(0).inner_text().split() == ["ask", "100.1", "100"]
    surface.handle(news("info", 3000, code="interrupted", **{"from": time(2000)}))
    assert surface.page.get_by_role("status").inner_text() == "depth lost since 14:30:02"
    unnamed = surface.page.locator(
        "button:not([aria-label]), select:not(label select), input:not(label input)"
    )
    assert unnamed.count() == 0


def test_it_draws_only_when_something_has_changed(surface: Driven) -> None:
    surface.show(0)
    drawn = surface.page.evaluate(
        "[0, 100, 250].map((time) => { clock.time += time; return surface.draw() })"
    )
    assert drawn == [False, False, True], "within a column nothing moves"
