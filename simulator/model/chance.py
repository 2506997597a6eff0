"""Chance without state: every random number is a hash of what it is for.

SplitMix64 over a counter, in numpy: integer arithmetic only, so that the numbers are the same on every
machine and with every version of numpy (whose own generators may change between versions).
Source of the mixing constants: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
"""

from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31 = (np.uint64(n) for n in (11, 27, 30, 31))
_ALL = 2**64 - 1
_S16, _LOW16 = np.uint64(16), np.uint64(0xFFFF)


@lru_cache(4096)
def key_of(*parts: int | str) -> int:
    """64 bits that stand for `parts`."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "little")


def bits(key: int, index: Ints) -> NDArray[np.uint64]:
    """64 random bits for each index."""
    x = index.astype(np.uint64) * _GOLDEN + np.uint64(key)
    x = (x ^ (x >> _S30)) * _MIX1
    x = (x ^ (x >> _S27)) * _MIX2
    return x ^ (x >> _S31)


def draw(key: int, index: int) -> int:
    """The same for one index, without numpy.

    >>> draw(7, 3) == int(bits(7, np.array([3]))[0])
    True
    """
    x = (index * 0x9E3779B97F4A7C15 + key) & _ALL
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _ALL
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _ALL
    return x ^ (x >> 31)


def uniform(key: int, index: Ints) -> Floats:
    """Uniform numbers in [0, 1)."""
    return (bits(key, index) >> _S11).astype(np.float64) * 2.0**-53


def normal(key: int, index: Ints) -> Floats:
    """Nearly normal numbers: the sum of four uniform ones, without the logarithms that differ by machine."""
    x = bits(key, index)
    total = (
        (x & _LOW16)
        + ((x >> _S16) & _LOW16)
        + ((x >> (_S16 + _S16)) & _LOW16)
        + (x >> (_S31 + _S16 + np.uint64(1)))
    )
    return np.asarray((total.astype(np.float64) / 65535.0 - 2.0) * 3.0**0.5, np.float64)
