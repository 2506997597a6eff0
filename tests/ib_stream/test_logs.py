import json
import logging

import pytest

from ib_stream.logs import JsonFormatter, JsonLog, Redactor
from tests.programs import ROOT

TOKEN = "a-token-of-the-tests"


def record(message: str, *args: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("truetick.x", logging.WARNING, __file__, 1, message, args, None)
    made.fields = fields
    return made


def test_a_record_is_one_line_of_json_with_its_fields() -> None:
    line = JsonFormatter(Redactor()).format(record("asked for %s\n", "AAPL", request_id="r1", status=200))
    assert "\n" not in line
    read = json.loads(line)
    assert (read["level"], read["message"], read["request_id"], read["status"]) == (
        "warning",
        "asked for AAPL\n",
        "r1",
        200,
    )
    assert read["time"].endswith("Z")


def test_an_error_brings_its_traceback() -> None:
    made = record("failed")
    try:
        raise KeyError("x")
    except KeyError as error:
        made.exc_info = (KeyError, error, error.__traceback__)
    assert "KeyError: 'x'" in json.loads(JsonFormatter(Redactor()).format(made))["exception"]


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f"the token is {TOKEN}",
        "/stream/265598?ticket=17.abcdef&limit=3",
        "X-API-Key: something-else",
        "account DU1234567",
    ],
)
def test_no_secret_gets_through(text: str) -> None:
    redact = Redactor([TOKEN])
    redact.add("DU1234567", "")
    hidden = redact(text)
    assert "***" in hidden
    assert not any(secret in hidden for secret in (TOKEN, "abcdef", "something-else", "DU1234567"))


def test_an_account_is_hidden_before_anybody_has_named_it() -> None:
    assert Redactor()("login DU7654321 and DUSIMC1H24") == "login (an account) and (an account)"


def test_a_message_that_leaves_the_machine_names_no_folder() -> None:
    hidden = Redactor().message("/home/trader/data/ib/manifest.json of DU1234567 is broken")
    assert hidden == "(a path) of (an account) is broken"


def test_a_traceback_names_our_files_from_the_projects_folder_on() -> None:
    assert Redactor()(f'File "{ROOT}/ib_stream/app.py", line 3') == 'File "ib_stream/app.py", line 3'


def test_the_log_leaves_no_handler_behind(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("truetick")
    before = (list(logger.handlers), logger.level)
    log = JsonLog(Redactor(), "info")
    log.start()
    logging.getLogger("truetick.stream").info("hello")
    logging.getLogger("truetick.stream").debug("too much")
    log.stop()
    assert [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()] == ["hello"]
    assert (list(logger.handlers), logger.level) == before
