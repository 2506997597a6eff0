"""Is a stream silent because nothing happens, or is it dead? Judged by its own habits, in its own hours.

Pure: whoever watches says what was heard and when. A judge accuses nobody: its suspicion is a reason to ask
for proof. What is learned in regular hours is not held against the stream outside of them.
"""

from market.open_hours import OpenHours, Phase
from market.times import MINUTE, SECOND

SHORTEST = 10 * SECOND
"""No silence below this is worth a question, however busy the stream."""

FIRST = 60 * SECOND
"""What a stream may take to speak when it is new, when its market opens, or when it was asked for again."""

TIMES = 3
"""A silence is unusual when it is so many times the longest known."""

HALF_LIFE = 5 * MINUTE
"""How soon a long silence of the past counts for half: a market at lunch is slower than at its opening."""

_FOR_CERTAIN = 4
"""Without proof, a stream is given up after a silence so many times as long as the one that was unusual."""

_LONGEST_REST = 60 * MINUTE


class Rhythm:
    """How long one stream is used to be silent, learned from silences as they end.

    >>> rhythm = Rhythm()
    >>> for _ in range(1200): rhythm.learn(1 * SECOND)
    >>> rhythm.patience // SECOND
    10
    >>> rhythm.learn(100 * SECOND); rhythm.patience // SECOND
    300
    """

    def __init__(self) -> None:
        self._longest = FIRST / TIMES

    def learn(self, silence: int) -> None:
        """A silence of so many nanoseconds has ended."""
        self._longest = max(silence, self._longest * 0.5 ** (silence / HALF_LIFE))

    @property
    def patience(self) -> int:
        """The silence, in nanoseconds, from which on one should ask."""
        return max(SHORTEST, int(TIMES * self._longest))


class SilenceJudge:
    """The judge of one stream, whoever asks for it at IB and however often.

    Times are nanoseconds: `now` of a clock that never goes back, `time` UTC. `heard` is the stamp of the last
    message, and only whether it changes matters. `usual` is the silence that is nothing unusual, `renewals`
    how often the stream was asked for anew since it last spoke.
    """

    def __init__(self, hours: OpenHours, heard: int, now: int) -> None:
        self.hours = hours
        self.renewals = 0
        self._rhythms: dict[Phase, Rhythm] = {}
        self._phase: Phase = "unknown"
        self.begin(heard, now)

    def begin(self, heard: int, now: int) -> None:
        """What was heard up to now does not count; the silence that may mean something begins here.

        Each renewal in vain makes the wait twice as long, up to an hour.
        """
        self._heard, self.silent_from = heard, now
        self._fresh = True
        self.usual = max(FIRST, self._rhythm.patience)
        self._limit = min(self.usual << self.renewals, max(self.usual, _LONGEST_REST))

    def look(self, heard: int, time: int, now: int, *, excused: bool = False) -> bool:
        """Whether the silence is suspicious; `excused` while there is a known reason for it."""
        phase = self.hours.phase(time)
        if excused or phase == "closed" or phase != self._phase:
            self._phase = phase
            self.begin(heard, now)
            return False
        if heard == self._heard:
            return now - self.silent_from >= self._limit
        # The first word after a beginning tells nothing of the rhythm.
        if not self._fresh:
            self._rhythm.learn(now - self.silent_from)
        self._heard, self._fresh, self.silent_from, self.renewals = heard, False, now, 0
        self.usual = self._limit = self._rhythm.patience
        return False

    def acquit(self, now: int) -> None:
        """Nothing happened in the market either: ask again when the silence is twice as long."""
        self._limit = 2 * max(now - self.silent_from, SHORTEST)

    def beyond_doubt(self, now: int) -> bool:
        """Whether the silence is too long even without proof: regular hours, and far beyond what is usual.

        The answer for a stream that has not spoken since it began is no: perhaps it never will.
        """
        silence = now - self.silent_from
        return self._phase == "regular" and not self._fresh and silence >= _FOR_CERTAIN * self.usual

    def renewed(self, now: int) -> None:
        """It was asked for anew."""
        self.renewals += 1
        self.begin(self._heard, now)

    @property
    def _rhythm(self) -> Rhythm:
        return self._rhythms.setdefault(self._phase, Rhythm())
