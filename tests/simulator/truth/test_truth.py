import json
from collections import Counter
from pathlib import Path

import pytest

from market.clock import DrivenClock
from market.errors import BadRequest
from simulator.gateway.options import GatewayOptions
from simulator.gateway.services import Services
from simulator.model import generated
from simulator.truth import Journal, Truth, export, read
from tests.simulator.fake_model import FRIDAY_NOON, FakeModel
from tests.simulator.gateway.raw_client import AAPL, ES, EURUSD, RawClient, request

SCRIPT = (
    request(1, 11, 2, *AAPL, 0, "", 0, 0, ""),
    request(97, 3, *AAPL, "AllLast", 0, 0) + request(97, 4, *EURUSD, "MidPoint", 0, 0),
    request(50, 3, 5, *ES, 5, "TRADES", 0, ""),
    request(20, 6, *AAPL, 0, "", "1 min", "600 S", 0, "TRADES", 1, 1, ""),
    request(98, 3),
    request(97, 3, *ES, "BidAsk", 0, 0),
)
STEP = 77_700_000_000
NUMBER = 265598


def run(folder: Path | None, feed: str = "consistent") -> bytes:
    """A client's bytes, and with a folder the export beside them."""
    options = GatewayOptions(feed="tws" if feed == "tws" else "consistent")
    clock = DrivenClock(FRIDAY_NOON)
    services = Services(generated(3, options.feed, always_open=False), clock, options)
    journal = Journal(services) if folder else None
    client = RawClient(services=services, clock=clock)
    kept: list[bytes] = []
    for data in SCRIPT:
        client.session.receive(data)
        clock.advance(STEP)
        kept += client.written
        client.written.clear()
    if journal and folder:
        export(journal, folder, {"seed": 3})
        journal.close()
    return b"".join(kept)


def of_fake_model(folder: Path) -> tuple[Truth, list[list[str]]]:
    """An export of the script over the small market, and what its client got."""
    client = RawClient(model=FakeModel())
    journal = Journal(client.services)
    for data in SCRIPT:
        client.session.receive(data)
        client.clock.advance(STEP)
    export(journal, folder, {})
    journal.close()
    return read(folder), client.take()


@pytest.mark.parametrize("feed", ["consistent", "tws"])
def test_the_same_run_gives_the_same_bytes_and_the_same_export(tmp_path: Path, feed: str) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    assert run(first, feed) == run(second, feed) == run(None, feed)
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert len(names) == 9
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_stream_is_the_rows_within_its_interval(tmp_path: Path) -> None:
    truth, got = of_fake_model(tmp_path)
    (begin, end) = next(
        (each["begin"], each["end"]) for each in truth.rows("subscriptions") if each["what"] == "AllLast"
    )
    rows = [row for row in truth.rows("trades") if begin <= row["time"] < end]
    sent = [(int(m[3]), float(m[4]), float(m[5])) for m in got if m[:3] == ["99", "3", "2"]]
    assert sent == [(row["time"] // 10**9, row["price"], row["size"]) for row in rows]
    assert len(sent) > 20
    assert truth.rows("trades")[0]["time"] < begin


def test_messages_are_counted_by_request_and_interval(tmp_path: Path) -> None:
    truth, got = of_fake_model(tmp_path)
    streams = Counter(
        (m[0], m[1] if m[0] in ("99", "90") else m[2]) for m in got if m[0] in ("99", "50", "90")
    )
    counted = {
        (each["kind"], each["request_id"], each["what"]): each["messages"]
        for each in truth.rows("subscriptions")
    }
    assert counted["ticks", 3, "AllLast"] + counted["ticks", 3, "BidAsk"] == streams["99", "3"]
    assert counted["ticks", 4, "MidPoint"] == streams["99", "4"] > 10
    assert counted["bars", 5, "TRADES"] == streams["50", "5"] > 10
    assert counted["history", 6, "TRADES"] == streams["90", "6"] > 10
    line = [m for m in got if (m[0] in ("1", "2", "45", "46", "58") and m[2] == "2") or m[:2] == ["81", "2"]]
    assert counted["line", 2, ""] == len(line) > 100


def test_every_row_says_whether_and_why_it_can_be_had(tmp_path: Path) -> None:
    truth, _ = of_fake_model(tmp_path)
    trades = {(row["last"], row["servable"], row["rule"]) for row in truth.rows("trades")}
    assert trades == {
        (True, True, "historical ticks, whole seconds"),
        (False, False, "only AllLast has it"),
    }
    assert {row["servable"] for row in truth.rows("quotes")} == {True}
    assert {(row["servable"], row["rule"]) for row in truth.rows("lines")} == {(False, "a line is state")}
    bars = truth.rows("bars")
    assert {(row["size"], row["rule"]) for row in bars if row["complete"]} == {
        ("5s", "bars of 30 s or less, six months"),
        ("1m", "historical bars"),
    }
    assert {row["rule"] for row in bars if not row["complete"]} == {"not complete yet"}


def test_what_nobody_subscribed_to_is_not_exported(tmp_path: Path) -> None:
    truth, _ = of_fake_model(tmp_path)
    assert {row["contract_id"] for row in truth.rows("trades")} == {NUMBER}
    assert {row["contract_id"] for row in truth.rows("quotes")} == {12087792, 495512563}
    assert {row["contract_id"] for row in truth.rows("lines")} == {NUMBER}
    assert truth.rows("orders") == truth.rows("incidents") == []


def test_a_refused_or_ended_subscription_leaves_no_trace_beyond(tmp_path: Path) -> None:
    client = RawClient(options=GatewayOptions(lines=1, message_rate=0))
    journal = Journal(client.services)
    client.ask(1, 11, 2, *AAPL, 0, "", 0, 0, "")
    client.ask(1, 11, 3, *ES, 0, "", 0, 0, "")
    client.ask(97, 2, *AAPL, "Nonsense", 0, 0)
    client.wait(5)
    client.session.close()
    client.wait(5)
    (entry,) = journal.subscriptions(client.clock.now())
    assert (entry.request_id, entry.end) == (2, FRIDAY_NOON + 5 * 10**9)
    journal.close()


def test_the_manifest_names_the_source_and_a_changed_file_is_noticed(tmp_path: Path) -> None:
    truth, _ = of_fake_model(tmp_path)
    assert truth.manifest["source"] == "sim-7-consistent"
    assert truth.manifest["start"] == "2026-01-09T17:00:00Z"
    assert truth.manifest["files"]["trades.parquet"]["rows"] == len(truth.rows("trades"))
    (tmp_path / "trades.parquet").write_bytes((tmp_path / "quotes.parquet").read_bytes())
    with pytest.raises(BadRequest, match="not what was exported"):
        truth.table("trades")
    with pytest.raises(BadRequest, match="no table 'depth'"):
        truth.table("depth")


def test_an_export_needs_a_new_directory_and_a_reader_a_known_format(tmp_path: Path) -> None:
    client = RawClient()
    journal = Journal(client.services)
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(BadRequest, match="not empty"):
        export(journal, tmp_path, {})
    with pytest.raises(BadRequest, match="this version reads 2"):
        read(tmp_path)
    with pytest.raises(BadRequest, match="holds no export"):
        read(tmp_path / "nowhere")
    journal.close()


def test_every_message_is_noted_with_its_refusal(tmp_path: Path) -> None:
    client = RawClient(options=GatewayOptions(lines=1, message_rate=0))
    journal = Journal(client.services)
    client.ask(1, 11, 2, *AAPL, 0, "", 0, 0, "")
    client.ask(1, 11, 3, *AAPL, 0, "", 0, 0, "")
    client.ask(49, 1)
    export(journal, tmp_path, {}, ["requests"])
    journal.close()
    rows = read(tmp_path).rows("requests")
    assert [(row["message"], row["request_id"], row["code"]) for row in rows] == [
        (1, 2, 0),
        (1, 3, 101),
        (49, -1, 0),
    ]
    assert rows[0]["terms"] == rows[1]["terms"] != rows[2]["terms"]
    assert [row["contract_id"] for row in rows] == [NUMBER, NUMBER, 0]
