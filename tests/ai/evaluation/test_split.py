"""The folds, against a check that knows nothing of how they are made."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.evaluation.split import WalkForward
from market.errors import BadRequest

SPLITS = st.builds(
    WalkForward,
    folds=st.integers(1, 6),
    test_share=st.floats(0.1, 0.6),
    validation_share=st.floats(0.05, 0.5),
    purge=st.integers(0, 30),
    embargo=st.integers(0, 30),
)


@given(SPLITS, st.integers(300, 2000))
def test_no_row_that_reaches_into_a_later_span_is_in_an_earlier_one(split: WalkForward, rows: int) -> None:
    every = np.arange(rows)
    for fold in split.split(rows):
        train, validation, test = (set(every[span]) for span in (fold.train, fold.validation, fold.test))
        assert train
        assert validation
        # What row i touches: itself and `purge` + `embargo` rows on. Brute force, row by row.
        reach = range(split.purge + split.embargo + 1)
        assert not {row + far for row in train for far in reach} & (validation | test)
        assert not {row + far for row in validation for far in reach} & test


@given(SPLITS, st.integers(300, 2000))
def test_tests_tile_the_end_and_each_row_is_tested_once(split: WalkForward, rows: int) -> None:
    tested = [row for fold in split.split(rows) for row in range(rows)[fold.test]]
    assert tested == list(range(rows - len(tested), rows))
    assert rows * split.test_share - split.folds - 1 < len(tested) <= rows * split.test_share


@given(SPLITS, st.integers(300, 2000))
def test_nothing_is_left_out_that_could_be_learned_from(split: WalkForward, rows: int) -> None:
    for fold in split.split(rows):
        gap = split.purge + split.embargo
        assert fold.train.start == 0
        assert fold.validation.start - fold.train.stop == gap
        assert fold.test.start - fold.validation.stop == gap


def test_too_few_bars_are_refused_with_how_many_it_takes() -> None:
    with pytest.raises(BadRequest, match=r"300 bars are too few for .* it takes \d+") as refused:
        WalkForward().split(300)
    needed = int(str(refused.value).split("takes ")[1].split(":")[0])
    WalkForward().split(needed)
    with pytest.raises(BadRequest):
        WalkForward().split(needed - 1)
