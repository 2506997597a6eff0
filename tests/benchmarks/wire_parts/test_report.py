from benchmarks.wire_parts import report
from benchmarks.wire_parts.messages import KINDS
from benchmarks.wire_parts.turn import Run

SIDES = (report.CALLBACK, report.EVENT, report.ON_LOOP, *report.IBAPI, report.CLIENT, report.FULL)


def figures(**rates: tuple[int, int]) -> dict[str, dict[str, list[Run]]]:
    speed = {side: rates.get(side.replace(" ", "_").replace(".", "_"), (100, 50)) for side in SIDES}
    return {side: {kind: [Run(rate, 1.0) for rate in speed[side]] for kind in KINDS} for side in SIDES}


def late(ours: float) -> dict[str, dict[str, float]]:
    return {side: {"p99_us_best": ours if "truetick" in side else 100.0} for side in SIDES}


def test_best_is_set_against_best_and_worst_against_worst() -> None:
    found = report.aims(report.rates(figures(truetick_callback=(800, 450))), late(50))
    ratios = {(each["theirs"], each["what"]): (each["ratio"], each["met"]) for each in found}
    assert ratios["ibapi 9.81", "last, best run"] == (8.0, True)
    assert ratios["ibapi 9.81", "last, worst run"] == (9.0, False)


def test_a_later_ninety_ninth_percentile_misses_the_aim() -> None:
    found = report.aims(report.rates(figures()), late(200))
    assert {each["met"] for each in found if "p99" in each["what"]} == {False}


def test_latency_is_the_median_of_the_runs_and_the_best() -> None:
    runs = [Run(1, 1, True, p50, p99) for p50, p99 in ((10, 30), (20, 900), (15, 40))]
    assert report.latencies({"one": runs}) == {"one": {"p50_us": 15, "p99_us": 40, "p99_us_best": 30}}


def test_the_table_names_every_side_and_what_was_missed() -> None:
    rates, latency = report.rates(figures()), late(50)
    text = report.table(
        {"rates": rates, "latency": latency, "pace": 5_000, "aims": report.aims(rates, latency)}
    )
    assert all(side in text for side in SIDES)
    assert "MISSED" in text


def test_a_single_run_is_not_taken_for_a_collapsed_one() -> None:
    single = {side: {kind: [Run(100, 1.0)] for kind in KINDS} for side in SIDES}
    found = report.aims(report.rates(single), late(50))
    assert not [each for each in found if "worst" in each["what"]]
