"""Codes that IB's own library makes on this side of the line, before anything is sent."""

from ib_api.codes.row import refuse, row

_FAILED_TO_SEND = range(510, 594)
_OTHERS = (
    row(520, "error", "none", "no socket could be made", "close other programs"),
    row(530, "error", "none", "the encrypted line failed", "connect without encryption"),
    refuse(517, "the contract is not known", "correct its description"),
    refuse(579, "the symbol has letters that are not allowed", "use plain letters and digits"),
    refuse(585, "profiles of a financial advisor are gone", "use groups"),
)

_SPECIAL = {each.code for each in _OTHERS}

ROWS = (
    *_OTHERS,
    *(
        refuse(
            code,
            "the request could not be sent",
            "correct what the text names; connect again when the line broke",
        )
        for code in _FAILED_TO_SEND
        if code not in _SPECIAL
    ),
)
