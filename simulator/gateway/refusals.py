"""What TWS says when it refuses: the codes and texts that clients match against.

The codes are IB's, documented on its message codes page; the texts are those seen from live gateways.
"""

from simulator.refused import Refused


def invalid(cause: str) -> Refused:
    """A request that is readable but makes no sense."""
    return Refused(321, f"Error validating request.-'bN' : cause - {cause}")


def history(cause: str) -> Refused:
    """Everything the history service refuses comes as 162."""
    return Refused(162, f"Historical Market Data Service error message:{cause}")


def no_definition() -> Refused:
    return Refused(200, "No security definition has been found for the request")


def ambiguous(name: str) -> Refused:
    return Refused(200, f"The contract description specified for {name} is ambiguous.")


def duplicate() -> Refused:
    return Refused(322, "Error processing request.-'bN' : cause - Duplicate ticker ID for API request.")


def unknown(request_id: int) -> Refused:
    return Refused(300, f"Can't find EId with tickerId:{request_id}")


def read_only() -> Refused:
    return invalid("The API interface is currently in Read-Only mode.")


def not_simulated(what: str) -> Refused:
    return invalid(f"{what} is not simulated by this gateway.")


def too_old_for_fractions() -> Refused:
    return Refused(
        10285,
        "Your API version does not support fractional size rules. Please upgrade to a minimum version 163",
    )


def bad_date() -> Refused:
    return Refused(
        10314,
        "End Date/Time: The date, time, or time-zone entered is invalid. The correct format is "
        "yyyymmdd hh:mm:ss xx/xxxx, e.g. 20031126 15:59:00 US/Eastern, or yyyymmdd-hh:mm:ss in UTC.",
    )
