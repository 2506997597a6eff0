"""Everything in any order: whatever happens, clients lose nothing that is not named and get nothing twice."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.data_processing.refill_world import one_thread
from tests.ib_stream.feeds.kept import Client, Kept

Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["run", "run", "outage", "late", "read", "part", "resume", "restart", "kill", "stop"]
        ),
        st.integers(1, 9),
    ),
    max_size=10,
)


# A story takes seconds; `./run test long` tells many more.
@settings(max_examples=settings.default.max_examples // 10)  # type: ignore[union-attr]
@example([("run", 1), ("outage", 1), ("run", 1), ("read", 1), ("kill", 3)])
@example([("run", 3), ("late", 1), ("run", 1), ("part", 9), ("run", 1), ("kill", 1), ("resume", 1)])
@example(
    [("run", 5), ("read", 0), ("run", 3), ("late", 3), ("run", 3), ("late", 9), ("part", 3), ("restart", 3)]
)
@given(STEPS)
async def test_whatever_happens_nothing_is_lost_unnamed_and_nothing_doubled(steps: list[Step]) -> None:
    with TemporaryDirectory() as folder, one_thread():
        kept = Kept(Path(folder))
        try:
            client = await kept.join()
            for step in [*steps, ("run", 30), ("resume", 3), ("run", 30), ("read", 0)]:
                await _do(kept, client, *step)
            client.check(kept.world.second - 25)
        finally:
            await kept.close()


async def _do(kept: Kept, client: Client, what: str, number: int) -> None:
    here = client.epoch == kept.hub.epoch
    match what:
        case "run":
            await kept.run(number)
        case "outage" | "late":
            await kept.outage(number, late=2.0 if what == "late" else 0.0)
        case "read" if here:
            client.read()
        case "part" if here:
            client.read(until=min(kept.hub.n, client.n + number))
        case "resume":
            await client.resume(ring_from=max(0, kept.hub.n - 4 * number))
        case "restart":
            await kept.restart(number)
            await kept.join()
        case "kill":
            await kept.killed(number % 3)
            await kept.join()
        case "stop":
            await kept.feeds.stop()
            await kept.join()
