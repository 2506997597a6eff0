"""Plays requests against a scheduler on a driven clock, and tells the checker what would reach IB."""

import asyncio
from dataclasses import dataclass

from ib_api.scheduling import Ask, Permit, Scheduler
from market.clock import DrivenClock
from tests.ib_api.scheduling.ib_rules import IBRules, Sent


@dataclass(frozen=True)
class Step:
    """Somebody asks `gap` after the step before, and has what he asked for `hold` long."""

    ask: Ask
    gap: int = 0
    hold: int = 0


class Play:
    """One run: `order` has the asks in the order in which they were sent, with their times."""

    def __init__(self, scheduler: Scheduler, clock: DrivenClock, rules: IBRules | None = None) -> None:
        self.scheduler = scheduler
        self.clock = clock
        self.rules = rules or IBRules()
        self.order = list[tuple[int, Ask]]()
        self.tasks = list[asyncio.Task[None]]()

    def begin(self, step: Step) -> None:
        self.tasks.append(asyncio.create_task(self._one(step)))

    async def _one(self, step: Step) -> None:
        permit = await self.scheduler.turn(step.ask)
        ask, now = step.ask, self.clock.now()
        self.order.append((now, ask))
        self.rules.reaches(
            Sent(now, ask.kind, ask.contract_id, ask.exchange, ask.what, ask.small, ask.identity)
        )
        self.clock.call_at(now + step.hold, lambda: self._ends(permit))

    def _ends(self, permit: Permit) -> None:
        self.rules.ends(permit.ask.kind)
        permit.release()

    async def run(self, steps: list[Step]) -> None:
        """Play all steps until everybody was served; nobody may be left waiting for nothing."""
        for step in steps:
            await self.until(self.clock.now() + step.gap)
            self.begin(step)
        await settle()
        while not all(task.done() for task in self.tasks):
            due = self.clock.next_due
            assert due is not None, f"starved: {sum(not task.done() for task in self.tasks)} wait for ever"
            await self.until(max(due, self.clock.now()))
        await asyncio.gather(*self.tasks)

    async def until(self, when: int) -> None:
        """Let the time come, event after event."""
        await settle()
        while (due := self.clock.next_due) is not None and due <= when:
            self.clock.advance_to(max(due, self.clock.now()))
            await settle()
        self.clock.advance_to(when)
        await settle()


async def settle() -> None:
    """Let everything happen that needs no time."""
    for _ in range(6):
        await asyncio.sleep(0)
