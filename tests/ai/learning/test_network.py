"""What is trained, what runs without Keras, and what is in the files are one network."""

import numpy as np
import pytest

from ai.head import unfold
from ai.network import build, keras_model, loss, weights_of
from ai.recurrent import Runner, run
from ai.utils import extra, keras
from tests.ai.learning.trained import small


def inputs(count: int = 3, length: int = 40) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(count, length, 10)).astype(np.float32)


def test_a_network_that_knows_nothing_says_persistence() -> None:
    outputs = build(10, 29, 11, 1e-3).predict(inputs(), verbose=0)
    mean, quantiles = unfold(outputs.astype(float))
    assert not mean.any()
    assert np.allclose(quantiles, [-1.6449, -0.6745, 0, 0.6745, 1.6449], atol=1e-4)


def test_numpy_says_what_keras_says() -> None:
    weights, x = small()[0].weights, inputs()
    theirs = keras_model(weights).predict(x, verbose=0)[:, 29:]
    assert np.abs(run(weights, x, 29) - theirs).max() <= 1e-6


def test_sequences_to_learn_from_say_the_same() -> None:
    weights, x = small()[0].weights, inputs()
    theirs = build(10, 29, 11, 1e-3, weights).predict(x, verbose=0)
    assert np.abs(run(weights, x, 29) - theirs).max() <= 1e-6


def test_a_carried_state_is_the_same_sequence() -> None:
    weights, x = small()[0].weights, inputs(1)
    runner = Runner(weights)
    for n in range(40):
        runner.step(x[:, n])
    assert np.array_equal(runner.outputs(x[:, -1]), run(weights, x, 39)[:, 0])


def test_weights_survive_the_way_through_keras() -> None:
    weights = small()[0].weights
    again = weights_of(keras_model(weights)).arrays()
    assert all(np.array_equal(each, again[name]) for name, each in weights.arrays().items())


def test_the_loss_is_the_pinball_of_the_unfolded_quantiles() -> None:
    random = np.random.default_rng(5)
    true, raw = random.normal(size=(2, 3, 7)).astype("f4"), random.normal(size=(2, 3, 42)).astype("f4")
    true[0, 0, 0] = np.nan
    mean, quantiles = unfold(raw.astype(float))
    error = true[..., None] - quantiles
    levels = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    each = np.maximum(levels * error, (levels - 1) * error).sum(-1) + 0.5 * (true - mean) ** 2
    assert float(loss()(keras().ops.convert_to_tensor(true), raw)) == pytest.approx(
        np.nansum(each) / 42, rel=1e-5
    )


def test_no_gradient_is_a_sum_whose_order_threads_decide() -> None:
    tf, k, x = extra("tensorflow"), keras(), inputs()
    model, measure = build(10, 29, 11, 1e-3), loss()

    def gradients(bars: object, true: object) -> object:
        with tf.GradientTape() as tape:
            found = measure(true, model(bars, training=True))
        return tape.gradient(found, model.trainable_variables)

    true = k.ops.zeros((3, 11, 7))
    graph = tf.function(gradients, autograph=False).get_concrete_function(x, true).graph.as_graph_def()
    nodes = [*graph.node, *(node for each in graph.library.function for node in each.node_def)]
    sums = [node for node in nodes if node.op == "AddN"]
    assert sums
    # Of three or more terms only slices are added, which do not overlap.
    assert all(
        len(node.input) == 2 or all("StridedSliceGrad" in name for name in node.input) for node in sums
    )
