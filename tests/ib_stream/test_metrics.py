from prometheus_client.parser import text_string_to_metric_families

from tests.ib_stream.serving import AAPL, Running


def samples(web: Running) -> dict[str, float]:
    answer = web.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = dict[str, float]()
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[sample.name + "".join(f" {value}" for value in sample.labels.values())] = sample.value
    return found


def test_streams_clients_errors_and_the_line_to_tws_are_counted(web: Running) -> None:
    web.get("/stream/0")
    with web.stream(f"/stream/{AAPL}/BidAsk") as found:
        next(each for each in found if each.type == "tick")
        now = samples(web)
    assert now["truetick_tws_connected"] == 1
    assert now["truetick_stream_clients"] == now["truetick_active_streams"] == 1
    assert now["truetick_stream_sent_total"] >= 1
    assert now["truetick_tasks"] >= 2
    assert now["truetick_requests_total 400"] >= 1
    assert now["truetick_tws_connections_total"] == 1


def test_the_time_that_flushes_wait_is_a_histogram_that_adds_up(web: Running) -> None:
    web.all(f"/stream/{AAPL}/BidAsk?limit=2")
    now = samples(web)
    assert now["truetick_stream_flush_seconds_bucket +Inf"] == now["truetick_stream_batches_total"] > 0
