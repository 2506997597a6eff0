import asyncio
import socket

from benchmarks.storm_parts.pace import STEP, first_moment, follow, lead
from market.clock import DrivenClock


async def test_both_clocks_show_one_time_and_the_leader_waits_for_the_follower() -> None:
    ours, theirs = socket.socketpair()
    leader, seen = DrivenClock(0), list[tuple[int, int]]()
    leading = asyncio.create_task(lead(leader, ours, 1e9))
    follower = DrivenClock(await first_moment(theirs))
    over = asyncio.Event()

    def look() -> None:
        seen.append((leader.now(), follower.now()))
        over.set() if len(seen) == 3 else follower.call_at(follower.now() + STEP, look)

    follower.call_at(follower.now() + STEP, look)
    following = asyncio.create_task(follow(follower, theirs, lambda: False))
    await over.wait()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    theirs.close()
    await leading
    ours.close()
    assert [each[0] for each in seen] == [each[1] for each in seen]
