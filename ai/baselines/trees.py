"""Boosted trees as arrays: what scikit-learn grew, run with numpy alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ai.baselines.base import Arrays
from ai.meta import Floats, Ints

_NODES = ("column", "threshold", "left", "right", "value")


@dataclass(frozen=True)
class Trees:
    """K trees in one list of nodes, and `first`, what they begin with; without trees that is all.

    A row of a table goes from each of `roots` (K,) to `left` where its `column` is at most the `threshold`,
    else to `right`, until a node is its own child, a leaf; the `value` of the leaves are added up.
    """

    first: float
    roots: Ints
    column: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats

    @classmethod
    def of(cls, first: float, trees: Sequence[npt.NDArray[Any]]) -> Self:
        """Of the nodes of each tree as scikit-learn's histogram trees have them, none by category."""
        starts = np.cumsum([0, *(len(each) for each in trees)])[: len(trees)]
        parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in _NODES}
        for start, nodes in zip(starts.tolist(), trees, strict=True):
            leaf, own = nodes["is_leaf"].astype(bool), start + np.arange(len(nodes))
            for name in ("left", "right"):
                parts[name].append(np.where(leaf, own, start + nodes[name].astype(np.int64)))
            parts["column"].append(np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64))
            parts["threshold"].append(nodes["num_threshold"])
            parts["value"].append(np.where(leaf, nodes["value"], 0.0))
        joined: dict[str, Any] = {
            name: np.concatenate(each) if each else np.zeros(0) for name, each in parts.items()
        }
        return cls(first, np.asarray(starts, np.int64), **joined)

    @classmethod
    def of_arrays(cls, arrays: Arrays, prefix: str) -> Self:
        """Those that `arrays` made."""
        parts = {name: arrays[f"{prefix}.{name}"] for name in ("roots", *_NODES)}
        return cls(float(arrays[f"{prefix}.first"]), **parts)

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[Any]]:
        """As they are saved."""
        parts = {f"{prefix}.{name}": getattr(self, name) for name in ("roots", *_NODES)}
        return {f"{prefix}.first": np.array(self.first), **parts}

    def predict(self, table: Floats) -> Floats:
        """(N, F) without NaN -> (N,): the sum that an estimator's link is applied to."""
        if not len(self.roots):
            return np.full(len(table), self.first)
        rows = np.arange(len(table))[:, None]
        place = np.broadcast_to(self.roots, (len(table), len(self.roots)))
        while True:
            smaller = table[rows, self.column[place]] <= self.threshold[place]
            below = np.where(smaller, self.left[place], self.right[place])
            if np.array_equal(below, place):
                return np.asarray(self.first + self.value[place].sum(axis=1))
            place = below
