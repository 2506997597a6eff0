# ruff: noqa: E501 - a table is read by lines
"""Codes about accounts, advisors and what a client may see of others."""

from ib_api.codes.row import deny, note, refuse

# fmt: off
ROWS = (
    refuse(142, "the institutional account lacks its details", "complete them in Client Portal"),
    refuse(304, "the request about account values does not exist", "correct it"),
    refuse(327, "only client id 0 may bind orders made by hand", "connect with client id 0"),
    deny(330, "the list of managed accounts is for financial advisors", "leave it out"),
    refuse(331, "the advisor has no managed accounts", "add one in Client Portal"),
    refuse(332, "the account codes of the profile are wrong", "correct them"),
    refuse(333, "the text of the allocation is wrong", "correct it"),
    deny(344, "this is no financial advisor's account", "leave it out"),
    refuse(345, "advisors cannot use this combination", "place it for one account"),
    refuse(346, "this is no institutional or clearing account", "leave it out"),
    refuse(435, "no account is named", "name it with --account"),
    refuse(436, "the order has no allocation", "name an account, a group or a profile"),
    note(2100, "account updates moved to another account", "nothing; the last one asked for is served"),
    refuse(2101, "another client is subscribed to another account's updates", "ask for the same account, or end the other client's"),
    note(2150, "the value of a position cannot be told now"),
    refuse(10012, "the percentage of the allocation is wrong", "correct it"),
    refuse(10230, "changes to the advisor's groups are under way", "ask again when they are done"),
    refuse(10231, "a group has an account that does not exist", "correct the groups that the text names"),
    refuse(10238, "TWS could not reach the advisor's page", "try again later"),
    # Reported by users; IB's list does not have it.
    note(10185, "no such profit-and-loss stream", "nothing after a cancel"),
)
# fmt: on
