"""What the network sees of rows, wherever they are kept."""

import os

import numpy as np

from ai.chunks import Chunks, Rows

STEPS, SCORE = 5, 4
TABLE = np.random.default_rng(1).normal(size=(40, 3)).astype(np.float32)
SESSION = np.repeat(np.arange(2, dtype=np.int32), (17, 23))


def chunks() -> Chunks:
    return Chunks(Rows(TABLE), Rows(TABLE[:, :2]), SESSION, STEPS, SCORE)


def test_every_bar_after_a_window_is_scored_once_and_follows_what_is_seen() -> None:
    made = chunks()
    x, y = made.inputs(made.starts), made.targets(made.starts)
    seen = []
    for start, bars, targets in zip(made.starts, x, y, strict=True):
        for n in np.flatnonzero(np.isfinite(targets[:, 0])):
            row = start + STEPS - 1 + n
            assert np.array_equal(bars[: STEPS + n], TABLE[start : row + 1])
            assert np.array_equal(targets[n], TABLE[row + 1, :2])
            seen.append(row + 1)
    assert seen == [*range(STEPS, 17), *range(17 + STEPS, 40)]


def test_behind_the_last_row_is_that_row_and_nothing_to_score() -> None:
    made = chunks()
    nowhere = np.array([made.nowhere])
    assert (made.inputs(nowhere) == TABLE[-1]).all()
    assert np.isnan(made.targets(nowhere)).all()
    assert np.array_equal(made.inputs(np.array([38]))[0, :3], TABLE[[38, 39, 39]])


def test_the_file_ends_with_its_rows() -> None:
    before = len(os.listdir("/proc/self/fd"))
    rows = Rows(TABLE)
    assert len(os.listdir("/proc/self/fd")) == before + 1
    del rows
    assert len(os.listdir("/proc/self/fd")) == before
