"""The network that is trained: LSTM(64), LSTM(64), and a head that begins as persistence.

The head's kernel starts at zero, so before the first step of training the mean of gap, body and close is 0,
which is persistence, and the others' are their averages; training can end little below that. It is an
ordinary Keras model whose outputs `ai.head` unfolds: it loads without any code of ours.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ai.forecaster import QUANTILES
from ai.head import OUTPUTS, PER_TARGET, first_bias
from ai.recurrent import NAMES, Weights
from ai.utils import keras

UNITS = 64
# Averages of the weights over about so many steps are what is kept: less noise, at any learning rate.
_MOMENTUM = 0.98
# Which of a median and its four widths, as `ai.head` has them, add up to each quantile.
_SUMS = np.array(
    [[1, 1, 1, 1, 1], [-1, -1, 0, 0, 0], [-1, 0, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]], np.float32
)


def build(features: int, warm: int, scored: int, rate: float, start: Weights | None = None) -> Any:
    """A compiled Keras model: (B, `warm` + `scored`, features) to (B, `scored`, OUTPUTS).

    `start` are the weights to go on from. Of sequences no gradient goes back into the bars that warm up
    (burn-in, as Kapturowski et al. have it, R2D2, 2019): a third of their work and most of their memory is
    saved. A window, which scores its last bar alone, learns from all of them.
    """
    k = keras()
    model = _sequences(features, warm, scored) if scored > 1 else _whole(features, warm + scored, warm)
    if start is not None:
        model.set_weights(list(start.arrays().values()))
    adam = k.optimizers.Adam(rate, clipnorm=1.0, use_ema=True, ema_momentum=_MOMENTUM)
    model.compile(optimizer=adam, loss=loss())
    return model


def keras_model(weights: Weights) -> Any:
    """A Keras model of sequences of any length, which has these weights and needs no code of ours."""
    model = _whole(len(weights.kernel_1), None, 0)
    model.set_weights(list(weights.arrays().values()))
    return model


def _whole(features: int, width: int | None, warm: int) -> Any:
    k = keras()
    bars = k.Input((width, features))
    first = k.layers.LSTM(UNITS, return_sequences=True)(bars)
    second = k.layers.LSTM(UNITS, return_sequences=True)(first)
    seen = k.layers.Concatenate()([second, bars])
    if warm:
        seen = k.layers.Cropping1D((warm, 0))(seen)
    return k.Model(bars, _head()(seen))


def _sequences(features: int, warm: int, scored: int) -> Any:
    k = keras()
    bars = k.Input((warm + scored, features))
    seen, begun = bars[:, warm:], bars[:, :warm]
    for _ in range(2):
        layer = k.layers.LSTM(UNITS, return_sequences=True, return_state=True)
        begun, *state = (k.ops.stop_gradient(each) for each in layer(begun))
        seen = layer(seen, initial_state=state)[0]
    return k.Model(bars, _head()(k.layers.Concatenate()([seen, bars[:, warm:]])))


def _head() -> Any:
    k = keras()
    bias = k.initializers.Constant(first_bias())
    return k.layers.Dense(OUTPUTS, kernel_initializer="zeros", bias_initializer=bias)


def weights_of(model: Any) -> Weights:
    """The arrays of a trained model."""
    return Weights(
        **dict(zip(NAMES, (np.asarray(each, np.float32) for each in model.get_weights()), strict=True))
    )


def loss() -> Callable[[Any, Any], Any]:
    """Half the squared error of the mean and the pinball loss of each quantile; missing targets count 0.

    The sum is divided by all places, so that batches which end behind the data weigh what they hold.
    Quantiles are one product of matrices: were the median used in three sums, TensorFlow would add three
    gradients in the order in which its threads happened to finish, and no two trainings were the same.
    """
    ops = keras().ops
    levels = np.array(QUANTILES, np.float32)

    def sequence_loss(true: Any, outputs: Any) -> Any:
        parts = ops.reshape(outputs, (-1, PER_TARGET))
        true = ops.reshape(true, (-1, 1))
        known = ops.isfinite(true)
        true = ops.where(known, true, 0.0)
        steps = ops.concatenate([parts[:, 1:2], ops.softplus(parts[:, 2:])], axis=1)
        error = true - ops.matmul(steps, _SUMS)
        pinball = ops.sum(ops.maximum(levels * error, (levels - 1) * error), axis=1, keepdims=True)
        return ops.mean(ops.cast(known, "float32") * (0.5 * ops.square(true - parts[:, :1]) + pinball))

    return sequence_loss
