"""Where to train and where to test: walk-forward, purged and embargoed.

A model is judged on what came after everything it has learned from. Two things could carry the test into the
training: a target or a window that reaches over the border, so the rows that touch it are left out (*purge*,
at least the length of a window), and series that go on as they were for a while, so as many again are left
out (*embargo*). López de Prado, Advances in Financial Machine Learning (2018), chapter 7; there the embargo
stands after the test, since his training goes on behind it; here nothing is ever trained on what is later.
"""

from dataclasses import dataclass

from market.errors import BadRequest


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows to learn from, rows to choose and stop by, rows to judge on; in this order, with gaps between."""

    train: slice
    validation: slice
    test: slice


@dataclass(frozen=True, slots=True)
class WalkForward:
    """`folds` tests of equal length that tile the last `test_share` of the rows.

    Each fold trains on everything before its validation span, which is `validation_share` of what comes
    before its test. `purge` and `embargo` are counted in rows and apply before the validation and before the
    test alike.
    """

    folds: int = 4
    test_share: float = 0.4
    validation_share: float = 0.2
    purge: int = 90
    embargo: int = 90

    def split(self, rows: int) -> list[Fold]:
        """The folds of a series of `rows`; `BadRequest` when there are too few for one row of each kind."""
        length = int(rows * self.test_share) // self.folds
        first = rows - length * self.folds
        if length < 1 or self._training(first) < 1:
            raise BadRequest(
                f"{rows} bars are too few for {self.folds} tests with {self.purge} + {self.embargo} rows "
                f"left out before each; it takes {self._needed()}: backfill more, or use a shorter window"
            )
        return [self._fold(first + length * each, length) for each in range(self.folds)]

    def _fold(self, start: int, length: int) -> Fold:
        gap = self.purge + self.embargo
        validation = self._validation(start)
        before = start - gap - validation
        return Fold(slice(0, before - gap), slice(before, start - gap), slice(start, start + length))

    def _validation(self, start: int) -> int:
        return max(1, int((start - 2 * (self.purge + self.embargo)) * self.validation_share))

    def _training(self, start: int) -> int:
        return start - 2 * (self.purge + self.embargo) - self._validation(start)

    def _needed(self) -> int:
        rows = self.folds
        while (
            int(rows * self.test_share) < self.folds or self._training(rows - int(rows * self.test_share)) < 1
        ):
            rows += 1
        return rows
