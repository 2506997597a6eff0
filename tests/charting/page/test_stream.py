"""What the page makes of a stream's bytes, and how it keeps what changes apart from what stands still."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.charting.page.shown import Shown

PARSE = """async pieces => {
  const { Parser } = await import('/assets/js/parser.js');
  const parser = new Parser();
  return pieces.flatMap((piece) => (parser.put(piece), parser.take()));
}"""
CUT = """async pieces => {
  const { Parser } = await import('/assets/js/parser.js');
  const parser = new Parser();
  parser.put(pieces[0]);
  parser.cut();
  parser.put(pieces[1]);
  return parser.take();
}"""
UPDATE = """(() => {
  const { candles } = truetick.chart;
  const bar = ([time, close]) => ({time, open: 1, high: 9, low: 1, close, final: true});
  truetick.stream.close();
  candles.set(it.first.map(bar));
  for (const each of it.then) candles.update(bar(each));
  return [candles.settled, candles.running].map(part => part.data().map(b => [b.time, b.close]));
})()"""


@pytest.fixture(scope="module")
def module_page(web: Any, chromium: Any) -> Any:
    page = chromium.new_page()
    page.goto(web.url + "/assets/NOTICE.txt")
    yield page
    page.close()


@given(
    texts=st.lists(st.text(max_size=8), max_size=6),
    cuts=st.lists(st.integers(0, 200), max_size=5),
)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_however_a_stream_is_cut_its_events_are_the_same(
    module_page: Any, texts: list[str], cuts: list[int]
) -> None:
    stream = "retry: 2000\n: ok\n\n" + "".join(
        f"id: a-{n}\ndata: {json.dumps({'text': text})}\n\n: hb\n\n" for n, text in enumerate(texts)
    )
    ends = [0, *sorted(min(each, len(stream)) for each in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(ends)]
    assert [each["text"] for each in module_page.evaluate(PARSE, pieces)] == texts


def test_what_was_not_whole_when_the_stream_broke_off_is_left_out(module_page: Any) -> None:
    pieces = ['data: {"n": 1}\n\ndata: {"n', 'data: {"n": 3}\n\n']
    assert module_page.evaluate(CUT, pieces) == [{"n": 1}, {"n": 3}]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 50])
def test_a_series_in_two_parts_has_every_bar_once_with_its_newest_values(shown: Shown, count: int) -> None:
    shown.open()
    first = [[n * 60, 2] for n in range(count)]
    then = [[n * 60, close] for n in range(count, count + 70) for close in (3, 4)]
    late = [[(count + 69) * 60, 6], [(count + 68) * 60, 7], [(count + 3) * 60, 8]]
    settled, running = shown.ask(UPDATE, {"first": first, "then": then + late})
    expected = {each[0]: each[1] for each in first + then + late}
    assert settled + running == [[time, expected[time]] for time in sorted(expected)]
    assert 2 <= len(running) <= 30
