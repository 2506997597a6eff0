from pathlib import Path

import pytest

from market.errors import BadRequest
from simulator.faults.lines import Cut, Restart
from simulator.faults.market import Stalled
from simulator.faults.script import Step, load, parse, seconds
from simulator.faults.segments import Split
from simulator.faults.services import ClockSkewed

SCRIPT = """
- {at: 30s, fault: stalled, symbol: AAPL, for: 20s}
- {at: 00:01:00, fault: split, sizes: [1, 3], gap: 5ms}
- at: 1:30:00      # YAML alone would take this for a number
  fault: restart
  down: 2s
  reset_order_ids: true
- {fault: clock_skewed, by: -3s}
"""


def test_a_script_says_what_goes_wrong_when_and_for_how_long() -> None:
    assert parse(SCRIPT) == [
        Step(Stalled("AAPL"), at=30, lasts=20),
        Step(Split(sizes=(1, 3), gap=0.005), at=60),
        Step(Restart(down=2, reset_order_ids=True), at=5_400),
        Step(ClockSkewed(-3)),
    ]
    assert parse("") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {fault: cut}\n\n- {at: 3s, fault: cutt}", "line 3: unknown fault 'cutt'; did you mean 'cut'?"),
        ("- {fault: stalled}", "line 1: 'stalled': Object missing required field `symbol`; it is written:"),
        ("- {fault: cut, clint: 3}", "line 1: 'cut' knows no 'clint'; it is written: cut [client=]"),
        ("- {fault: cut, client: x}", "line 1: 'cut': Expected `int | null`, got `str` - at `$.client`"),
        ("- {fault: split, sizes: '1,0'}", "line 1: 'split': Expected `int` >= 1 - at `$.sizes[1]`"),
        ("- {fault: refused, for: soon}", "line 1: 'soon' is no length of time; write 200ms, 20s"),
        ("- {fault: refused, for: -3s}", "line 1: a fault can neither begin before the script nor last"),
        ("- {fault: delayed, by: -3s}", "line 1: 'delayed': Expected `float` >= 0.0 - at `$.by`"),
        ("- {at: 3s}", "line 1: no fault is named; write e.g. {at: 30s, fault: cut}"),
        ("- cut", "line 1: an entry has words with values"),
        ("fault: cut", "line 1: a script is a list"),
        ("- {fault: cut\n- ]", "line 2: "),
    ],
)
def test_what_is_wrong_with_a_script_is_said_with_its_line(text: str, says: str) -> None:
    with pytest.raises(BadRequest) as raised:
        parse(text)
    assert str(raised.value).startswith(says)
    assert "\n" not in str(raised.value)


def test_a_script_may_be_a_python_file(tmp_path: Path) -> None:
    path = tmp_path / "storm.py"
    path.write_text("SCRIPT = [{'at': 60 * n, 'fault': 'cut', 'client': n} for n in (1, 2)]")
    assert load(path) == [Step(Cut(1), at=60), Step(Cut(2), at=120)]
    path.write_text("SCRIPT = [{'fault': 'cut'}, {'fault': 'cutt'}]")
    with pytest.raises(BadRequest, match="entry 2: unknown fault"):
        load(path)
    path.write_text("")
    with pytest.raises(BadRequest, match="sets no SCRIPT"):
        load(path)


def test_a_script_that_cannot_be_read_is_a_bad_request(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot read the script"):
        load(tmp_path / "none.yaml")


def test_lengths_of_time() -> None:
    texts = ("200ms", "1.5s", "2m", "1h", 7, "-3s")
    assert [seconds(text) for text in texts] == [0.2, 1.5, 120, 3_600, 7, -3]
