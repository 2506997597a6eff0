"""The one exception with which any part of the simulator refuses what a client asks."""

from market.errors import TruetickError


class Refused(TruetickError):
    """A request is answered with error `code`; `str()` is the text the client gets."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
