# ruff: noqa: E501 - a table is read by lines
"""Codes about the way to TWS, and about TWS's own way to IB."""

from ib_api.codes.row import note, pace, refuse, row, warn
from market.errors import PacingRefused

# fmt: off
ROWS = (
    row(100, "warning", "none", "more than the allowed messages a second were sent (50 at 100 lines)", "send slower; TWS ends the connection when it goes on", PacingRefused),
    refuse(143, "the request id is no whole number", "use a whole number"),
    refuse(305, "the request of a spreadsheet (DDE) could not be read", "correct it"),
    refuse(306, "the request of a spreadsheet (DDE) could not be served", "correct it"),
    refuse(307, "the topic of a spreadsheet (DDE) does not exist", "correct it"),
    warn(308, "TWS has no room for another page of orders from the API", "close a page in TWS"),
    refuse(319, "that level of logging does not exist", "use 1 to 5"),
    refuse(320, "TWS could not read the request", "update TWS and this program"),
    refuse(321, "TWS refuses the request as it stands", "correct what the text names"),
    refuse(322, "TWS could not serve the request, often because its id is in use", "ask again; a new id is taken"),
    refuse(323, "TWS failed on the request", "ask again; restart TWS when it goes on"),
    refuse(324, "the request of a spreadsheet (DDE) lacks something", "give what the text names"),
    row(326, "fatal", "none", "the client id is in use", "choose another --client-id, or close the other program"),
    refuse(357, "this client is too old for TWS", "update this program"),
    refuse(381, "the link to spreadsheets (DDE) is too old", "update it"),
    refuse(384, "the field of a spreadsheet (DDE) is wrong", "correct it"),
    row(501, "error", "none", "there is a connection already", "disconnect first"),
    row(502, "error", "none", "TWS cannot be reached", "start TWS, tick Enable ActiveX and Socket Clients in its API settings, and check the port"),
    refuse(503, "TWS is too old for this request", "update TWS"),
    refuse(504, "there is no connection", "connect first"),
    warn(505, "a message of unknown kind came", "update this program"),
    refuse(506, "the version of the protocol is not supported", "update TWS and this program"),
    row(507, "error", "none", "the line broke in the middle of a message", "it is made anew; if it breaks at once, the client id is in use or TWS is locked"),
    warn(508, "a message could not be read and was left out", "report it with the log file"),
    row(509, "error", "none", "the line broke", "it is made anew"),
    row(1100, "error", "none", "TWS lost its line to IB", "wait; nothing can be asked meanwhile"),
    warn(1101, "TWS is back and has lost the streams", "every stream must be asked for again"),
    note(1102, "TWS is back and has kept the streams"),
    row(1300, "error", "none", "TWS now listens on another port", "connect to the port in the text"),
    warn(2103, "a market-data farm is down", "wait; quotes of its exchanges stand still"),
    note(2104, "a market-data farm is connected"),
    warn(2105, "a historical-data farm is down", "wait; history cannot be served"),
    note(2106, "a historical-data farm is connected"),
    note(2107, "a historical-data farm sleeps until asked"),
    note(2108, "a market-data farm sleeps until asked"),
    row(2110, "error", "none", "TWS lost its line to IB's server", "wait; it comes back by itself"),
    note(2119, "a market-data farm is being connected"),
    warn(2157, "the contract-data farm is down", "wait; contracts cannot be looked up"),
    note(2158, "the contract-data farm is connected"),
    # Reported by users.
    row(10141, "error", "none", "the disclaimer of the paper account is not accepted yet", "log in to the paper account in TWS and accept it"),
    pace(10278, "the calendar's description is being fetched already", "wait for it"),
    pace(10281, "events of the calendar are being fetched already", "wait for them"),
)
# fmt: on
