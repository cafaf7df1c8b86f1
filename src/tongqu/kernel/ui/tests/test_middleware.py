"""What every answer passes through: who may keep it, how much may come in, what the log says of it."""

from __future__ import annotations

import io
import logging

import pytest
from django.test import Client, RequestFactory

from tongqu.kernel.ui.logs import RoutesOnly, WithoutValues
from tongqu.kernel.ui.middleware import POLICY

# --- who may keep an answer ------------------------------------------------------------------------------------------


def test_a_page_for_somebody_with_a_session_is_kept_by_nobody(client: Client) -> None:
    assert "no-store" not in client.get("/accessibility").headers.get("Cache-Control", "")
    client.cookies["sessionid"] = "x" * 32
    kept = client.get("/accessibility").headers["Cache-Control"]
    assert "no-store" in kept and "private" in kept


def test_a_page_that_sets_a_cookie_is_kept_by_nobody(client: Client) -> None:
    answer = client.post("/preferences", {"language": "en", "next": "/accessibility"})
    assert answer.cookies and "no-store" in answer.headers["Cache-Control"]


# --- how much may come in --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/accessibility", "/members", "/api/no/where"])
def test_too_much_is_refused_before_it_is_read(client: Client, settings, path: str) -> None:
    settings.TQ_REQUEST_LIMIT = 1000
    answer = client.post(path, {"file": "x" * 2000})
    assert answer.status_code == 413
    assert answer.headers["Content-Security-Policy"] == POLICY
    if path.startswith("/api/"):
        assert answer.json()["code"] == "too-large"
    else:
        assert "太大" in answer.content.decode()


def test_too_much_text_in_a_form_is_said_to_be_too_much(client: Client) -> None:
    answer = client.post("/account/login", {"login": "x" * 3_000_000})
    assert answer.status_code == 413 and "2 MB" in answer.content.decode()


@pytest.mark.parametrize("length", ["", "no number", "-5"])
def test_a_length_that_is_none_is_no_crash(client: Client, length: str) -> None:
    assert client.get("/accessibility", CONTENT_LENGTH=length).status_code == 200


# --- what the log says -----------------------------------------------------------------------------------------------


def test_the_log_names_the_route_and_not_the_address(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("django.request")
    logger.addFilter(RoutesOnly())
    try:
        with caplog.at_level(logging.WARNING, logger="django.request"):
            client.get("/nowhere/7Q4M")
    finally:
        logger.filters.clear()
    assert caplog.records and "7Q4M" not in caplog.text


def test_the_log_filter_knows_the_route() -> None:
    request = RequestFactory().get("/my/cases/7Q4M")
    request.resolver_match = type("Match", (), {"route": "my/cases/<uuid:case_id>"})()
    record = logging.makeLogRecord({"msg": "Not Found: %s", "args": ("/my/cases/7Q4M",), "request": request})
    assert RoutesOnly().filter(record) and record.getMessage() == "Not Found: my/cases/<uuid:case_id>"
    other = logging.makeLogRecord({"msg": "plain %s", "args": ("/my/cases/7Q4M",)})
    assert RoutesOnly().filter(other) and other.getMessage() == "plain /my/cases/7Q4M"


def test_the_log_tells_where_it_broke_and_no_value(settings) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(WithoutValues("{message}", style="{"))
    log = logging.getLogger("tongqu.test.values")
    log.addHandler(handler)
    log.propagate = False
    row = "null value in column\nDETAIL:  Failing row contains (1, 陈立秋, 990102198509150029, 19900000001)."
    try:
        try:
            int("990102198509150029 陈立秋")
        except ValueError as error:
            raise RuntimeError(row) from error
    except RuntimeError:
        log.exception("job failed")
    log.removeHandler(handler)
    told = said.getvalue()
    assert "job failed" in told and "builtins.ValueError: " in told and "builtins.RuntimeError: null value" in told
    assert "test_middleware.py" in told and told.index("ValueError: ") < told.index("RuntimeError: ")
    for value in ("\u9648\u7acb\u79cb", "990102", "19900000001"):
        assert value not in told.replace(_SOURCE, "")
    assert "WithoutValues" in str(settings.LOGGING["formatters"])


_SOURCE = 'int("990102198509150029 \u9648\u7acb\u79cb")'  # a frame shows its line of the program
