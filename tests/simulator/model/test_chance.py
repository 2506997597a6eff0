import numpy as np

from simulator.model.chance import bits, key_of, normal, uniform

INDEX = np.arange(20_000)


def test_the_same_question_always_has_the_same_answer() -> None:
    # The first outputs of SplitMix64 from state 0, as its authors publish them.
    first = [int(each) for each in bits(0, np.array([1, 2, 3]))]
    assert first == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_uniform_numbers_are_uniform() -> None:
    numbers = uniform(key_of("a"), INDEX)
    counts, _ = np.histogram(numbers, bins=10, range=(0, 1))
    assert 0 <= numbers.min() <= numbers.max() < 1
    assert abs(counts - 2_000).max() < 200


def test_normal_numbers_have_mean_zero_and_deviation_one() -> None:
    numbers = normal(key_of("b"), INDEX)
    assert abs(numbers.mean()) < 0.03
    assert abs(numbers.std() - 1) < 0.02


def test_keys_differ_by_every_part() -> None:
    assert len({key_of(1, "a"), key_of(1, "b"), key_of(2, "a"), key_of("1", "a"), key_of(1, "a", 0)}) == 5
