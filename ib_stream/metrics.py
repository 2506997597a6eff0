"""The server's numbers in Prometheus's text format, read at the moment of asking."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from ib_api.metrics import BOUNDS, Latency
from ib_stream.hub import HubStats

if TYPE_CHECKING:
    from ib_stream.service import Parts, Service

_HUB = {
    "clients": ("gauge", "Clients that listen"),
    "late": ("gauge", "Clients that are behind"),
    "topics": ("gauge", "Topics that there are"),
    "events": ("counter", "Events published"),
    "sent": ("counter", "Events sent, to all clients together"),
    "bytes": ("counter", "Bytes sent"),
    "batches": ("counter", "Flushes"),
    "gaps": ("counter", "Gaps told to clients"),
    "missed": ("counter", "Events that clients were told they missed"),
    "kicked": ("counter", "Clients closed for being slow"),
}
_BROKER = {
    "connections": "Connections made to TWS",
    "bytes_received": "Bytes received from TWS",
    "events": "Events received from TWS",
    "messages_sent": "Messages sent to TWS",
    "callback_failures": "Callbacks that raised",
    "handler_failures": "Handlers of events that raised",
    "unreadable": "Messages that could not be read",
}
_LATENCIES = {
    "round_trip": "A question to TWS and its answer",
    "tick_age": "From the second of a tick to its arrival",
    "socket_to_bus": "From the arrival of an event to its first handler",
}


def exposition(service: "Service") -> tuple[bytes, str]:
    """The page and its media type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers(service))
    ProcessCollector(registry=registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Numbers(Collector):
    def __init__(self, service: "Service") -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        parts = self._service.ready
        requests = CounterMetricFamily("truetick_requests", "Requests answered", labels=["status"])
        for status, count in sorted(self._service.answered.items()):
            requests.add_metric([str(status)], count)
        yield requests
        tasks = len(asyncio.all_tasks(self._service.loop))
        yield GaugeMetricFamily("truetick_tasks", "Tasks of the server's event loop", tasks)
        yield GaugeMetricFamily("truetick_tws_connected", "1 while TWS is there", _connected(parts))
        yield from _of_hub(self._service.hub.stats())
        if parts is not None:
            streams = len(parts.feeds.active())
            yield GaugeMetricFamily("truetick_active_streams", "Streams that run", streams)
            yield from _of_broker(parts)


def _connected(parts: "Parts | None") -> int:
    return int(parts is not None and parts.backend.broker.metrics().state in ("ready", "degraded"))


def _of_hub(stats: HubStats) -> Iterator[Metric]:
    for name, (kind, meaning) in _HUB.items():
        family = GaugeMetricFamily if kind == "gauge" else CounterMetricFamily
        yield family(f"truetick_stream_{name}", meaning, getattr(stats, name))
    latency = HistogramMetricFamily(
        "truetick_stream_flush_seconds", "How long the oldest event of a flush had waited"
    )
    counts, buckets = 0, []
    for bound, count in zip((*map(str, stats.latency_bounds), "+Inf"), stats.latency, strict=True):
        counts += count
        buckets.append((bound, counts))
    latency.add_metric([], buckets, sum_value=None)
    yield latency


def _of_broker(parts: "Parts") -> Iterator[Metric]:
    broker = parts.backend.broker
    numbers = broker.metrics()
    for name, meaning in _BROKER.items():
        yield CounterMetricFamily(f"truetick_tws_{name}", meaning, getattr(numbers, name))
    problems = CounterMetricFamily("truetick_tws_problems", "Problems by IB's code", labels=["code"])
    for code, count in sorted(numbers.problems.items()):
        problems.add_metric([str(code)], count)
    yield problems
    yield GaugeMetricFamily(
        "truetick_tws_clock_offset_seconds", "TWS's clock ahead of ours", numbers.clock_offset
    )
    for name, meaning in _LATENCIES.items():
        yield _histogram(f"truetick_tws_{name}_seconds", meaning, getattr(numbers, name))


def _histogram(name: str, meaning: str, latency: Latency) -> Metric:
    family = HistogramMetricFamily(name, meaning)
    buckets = [(str(bound), count) for bound, count in zip(BOUNDS, latency.up_to, strict=True)]
    family.add_metric([], [*buckets, ("+Inf", latency.count)], sum_value=latency.total)
    return family
