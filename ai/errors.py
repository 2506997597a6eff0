"""What can go wrong with bars and models.

::

    market.errors.BadRequest
    |- UnusableBars     these bars cannot be learned from, and why
    |- NotProved        a version that was not shown to be better may not serve (exit code 9)
    `- WrongModel       the model was made of another ticker, bar size or source
    market.errors.SetupError
    |- NoModel          nothing was trained yet
    |- DamagedModel     a file of the model is not what was saved
    |- OldModel         an older version of this program made it; train again
    `- MissingExtra     a library of the `ai` extra is not installed
"""

from market.errors import BadRequest, SetupError


class UnusableBars(BadRequest):
    """These bars cannot be learned from; the message says which rows and why."""


class NotProved(BadRequest):
    """A version may not serve: nothing shows that it is better than the best simple baseline."""

    exit_code = 9


class WrongModel(BadRequest):
    """The model was made of another ticker, bar size or source than it is asked for."""


class NoModel(SetupError):
    """There is no trained model; the message says how to make one."""


class DamagedModel(SetupError):
    """A file of a model is missing or is not the one that was saved."""


class OldModel(SetupError):
    """The model was saved by a version of this program that kept something else; train again."""


class MissingExtra(SetupError):
    """A library of the `ai` extra is not installed."""
