"""The network as an ONNX graph: two LSTM nodes and a head, over one window of `steps` bars.

ONNX has the gates in the order input, output, forget, cell, where Keras has input, forget, cell, output, and
keeps two biases where Keras has one.
"""

from pathlib import Path
from typing import Any

import numpy as np

from ai.recurrent import Singles, Weights
from ai.utils import extra

_OPSET = 17


def save(weights: Weights, steps: int, path: Path) -> None:
    """Write the graph: input `x` (1, `steps`, features), output `y` (1, outputs)."""
    onnx = extra("onnx")
    helper, numpy_helper = onnx.helper, extra("onnx.numpy_helper")
    features, units = weights.kernel_1.shape[0], weights.units
    constants: dict[str, Any] = {
        "head": weights.head,
        "head_bias": weights.head_bias,
        "last": np.array(steps - 1, np.int64),
        "direction": np.array([1], np.int64),
        "first_direction": np.array([0], np.int64),
    }
    for n in ("1", "2"):
        constants |= _lstm(n, *(getattr(weights, f"{each}_{n}") for each in ("kernel", "recurrent", "bias")))
    node = helper.make_node
    nodes = [
        node("Transpose", ["x"], ["bars"], perm=[1, 0, 2]),
        node("LSTM", ["bars", "w1", "r1", "b1"], ["all", "", ""], hidden_size=units),
        node("Squeeze", ["all", "direction"], ["first"]),
        node("LSTM", ["first", "w2", "r2", "b2"], ["", "second", ""], hidden_size=units),
        node("Squeeze", ["second", "first_direction"], ["seen"]),
        node("Gather", ["bars", "last"], ["bar"], axis=0),
        node("Concat", ["seen", "bar"], ["both"], axis=1),
        node("Gemm", ["both", "head", "head_bias"], ["y"]),
    ]
    number = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "window",
        [helper.make_tensor_value_info("x", number, [1, steps, features])],
        [helper.make_tensor_value_info("y", number, [1, len(weights.head_bias)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _lstm(n: str, kernel: Singles, recurrent: Singles, bias: Singles) -> dict[str, Singles]:
    w, r, b = (_reordered(each) for each in (kernel, recurrent, bias[None]))
    zeros = np.zeros_like(b)
    return {f"w{n}": w.T[None], f"r{n}": r.T[None], f"b{n}": np.concatenate([b, zeros], axis=1)}


def _reordered(values: Singles) -> Singles:
    entry, forget, cell, output = np.split(values, 4, axis=1)
    return np.ascontiguousarray(np.concatenate([entry, output, forget, cell], axis=1))
