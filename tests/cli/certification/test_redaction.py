from hypothesis import given
from hypothesis import strategies as st

from cli.certification.redaction import form, hidden, redacted
from cli.certification.tape import SESSION, Line

SECRET = "7654321.09"
OF_THE_ACCOUNT = (3, 5, 7, 11, 15, 54, 59, 61, 94, 95, 101)


def shown(*fields: str, question: str = "positions", sent: bool = False) -> tuple[str, ...]:
    (line,) = redacted([Line(0.0, sent, question, fields)], 200)
    return line.fields


@given(st.sampled_from(OF_THE_ACCOUNT), st.integers(2, 30))
def test_no_value_about_the_account_is_shown_wherever_it_stands(kind: int, length: int) -> None:
    fields = shown(str(kind), "1", *[SECRET] * length)
    assert SECRET not in fields
    assert len(fields) == length + 2


@given(st.integers(110, 999), st.lists(st.text("ab1.", min_size=1), min_size=1))
def test_a_message_that_nobody_knows_tells_nothing_but_its_number(kind: int, texts: list[str]) -> None:
    assert shown(str(kind), *texts) == (str(kind), *map(hidden, texts))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_what_is_hidden_keeps_its_form(text: str) -> None:
    assert form(hidden(text)) == form(text)


def test_keys_and_currencies_of_the_account_stay() -> None:
    line = shown("6", "2", "NetLiquidation", SECRET, "USD", "DU1234567", question="account window")
    assert line == ("6", "2", "NetLiquidation", "<number>", "USD", "<text>")


def test_account_numbers_go_from_what_we_send_and_from_errors_too() -> None:
    lines = [
        Line(0.0, False, SESSION, ("15", "1", "ODDLY7,DU1234567")),
        Line(0.1, True, "profit", ("92", "100000001", "ODDLY7", "")),
        Line(0.2, False, "profit", ("4", "100000001", "321", "no U7654321 at 10.1.2.3", "", "1")),
    ]
    said = " ".join(text for line in redacted(lines, 200) for text in line.fields)
    assert not [secret for secret in ("ODDLY7", "1234567", "7654321", "10.1.2.3") if secret in said]


def test_an_error_about_an_order_of_the_user_shows_its_code_only() -> None:
    assert shown("4", "17", "399", "BUY 100 AAPL", "", "1", question=SESSION)[2:4] == ("399", "<text>")
    assert shown("4", "-1", "2104", "farm is OK", "", "1", question=SESSION)[3] == "farm is OK"


def test_prices_of_the_market_stay() -> None:
    price = ("1", "6", "100000001", "4", "184.5", "100", "0")
    assert shown(*price, question="line of AAPL") == price
