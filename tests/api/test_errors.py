"""What an answer means: done, refused or unknown."""

from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.api.errors import (
    ApiError,
    DeniedError,
    NotSentError,
    OrderExistsError,
    ReadFailedError,
    UnknownOutcomeError,
    denied,
    read_failure,
    read_interrupted,
    refusal_words,
    write_failure,
    write_interrupted,
)
from tests.api.rig import recorded


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"code": "invalid_price", "message": "invalid price"}}, ("invalid_price", "")),
        (
            {"error": {"code": "invalid_order", "message": "x", "details": "post only cross"}},
            ("invalid_order", "post only cross"),
        ),
        ({"code": "bad_request", "message": "b", "details": "d"}, ("bad_request", "d")),
        ({"msg": "Parameter validation failed"}, ("", "Parameter validation failed")),
        ({"error": "too many requests"}, ("too_many_requests", "")),
        (
            {"error": {"code": "too_many_requests", "message": "too many requests"}},
            ("too_many_requests", ""),
        ),
        ({"code": "other", "message": "with a sentence"}, ("other", "with a sentence")),
        ({"error": None}, ("", '{"error":null}')),
        ({"code": 7, "message": ["x"]}, ("", '{"code":7,"message":["x"]}')),
        ([1, 2], ("", "[1,2]")),
        ("text", ("", '"text"')),
    ],
)
def test_FL02_every_recorded_shape_of_an_error_body_is_read(
    body: Any, words: tuple[str, str]
) -> None:
    assert refusal_words(_json(body)) == words


@given(st.binary(max_size=300))
def test_any_body_of_an_error_gives_words_and_no_exception(body: bytes) -> None:
    code, detail = refusal_words(body)
    assert len(code) + len(detail) <= 600
    assert isinstance(write_failure(400, body), ApiError)


def test_FA06_an_html_page_is_shown_as_a_short_clean_preview() -> None:
    error = denied(403, b"<html>\x1b[2J" + b"<p>captive portal</p>" * 500)
    assert isinstance(error, DeniedError)
    assert len(error.detail) <= 200
    assert "\x1b" not in error.reason


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 429])
def test_TO12_these_statuses_refuse_a_write(status: int) -> None:
    error = write_failure(status, _json({"error": {"code": "c", "message": "m"}}))
    assert isinstance(error, DeniedError)
    assert (error.status, error.code, error.detail) == (status, "c", "m")


@pytest.mark.parametrize("status", [301, 302, 307, 402, 405, 408, 418, 422, 500, 502, 503, 504])
def test_FA05_any_other_status_leaves_a_write_unknown(status: int) -> None:
    error = write_failure(status, b"")
    assert type(error) is UnknownOutcomeError
    assert not error.exists


def test_TO13_order_already_exists_is_neither_refused_nor_lost() -> None:
    error = write_failure(409, _json({"error": {"code": "order_already_exists", "message": "x"}}))
    assert isinstance(error, OrderExistsError)
    assert isinstance(error, UnknownOutcomeError)
    assert error.exists


@pytest.mark.parametrize(
    "code", ["fill_or_kill_insufficient_resting_volume", "trading_is_paused", "exchange_is_paused"]
)
def test_FC09_other_conflicts_are_refusals(code: str) -> None:
    error = write_failure(409, _json({"error": {"code": code, "message": "m"}}))
    assert isinstance(error, DeniedError)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ConnectTimeout("x"),
        httpx.PoolTimeout("x"),
        httpx.UnsupportedProtocol("x"),
        httpx.LocalProtocolError("x"),
    ],
)
def test_TO07_phases_before_the_first_byte_prove_that_nothing_was_sent(error: Exception) -> None:
    assert isinstance(write_interrupted(error), NotSentError)


@pytest.mark.parametrize(
    "error",
    [
        httpx.WriteError("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.CloseError("x"),
        httpx.DecodingError("x"),
        httpx.ProxyError("x"),
        TimeoutError(),
        OSError("x"),
        RuntimeError("x"),
        KeyError("x"),
    ],
)
def test_TO08_every_other_error_of_a_write_leaves_it_unknown(error: Exception) -> None:
    assert isinstance(write_interrupted(error), UnknownOutcomeError)


def test_FA09_a_broken_connection_may_be_read_again_and_a_timeout_may_not() -> None:
    assert read_interrupted(httpx.RemoteProtocolError("x")).transient
    assert read_interrupted(httpx.ReadError("x")).transient
    assert not read_interrupted(httpx.ReadTimeout("x")).transient
    assert not read_interrupted(httpx.ConnectError("x")).transient


def test_a_refused_read_is_denied_and_an_outage_is_a_failure() -> None:
    assert isinstance(read_failure(404, b"{}"), DeniedError)
    assert isinstance(read_failure(503, b"{}"), ReadFailedError)
    assert isinstance(read_failure(302, b""), ReadFailedError)


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", "certificate"),
        ("[SSL: WRONG_VERSION_NUMBER]", "secure"),
        ("[Errno -2] Name or service not known", "looked up"),
        ("[Errno 111] Connection refused", "refused"),
    ],
)
def test_FA12_a_failed_connection_is_told_in_plain_words(message: str, word: str) -> None:
    error = write_interrupted(httpx.ConnectError(message))
    assert word in error.reason
    assert "[" not in error.reason


@pytest.mark.parametrize(
    ("name", "status", "code", "detail"),
    [
        ("auth__skew_minus30s", 401, "header_timestamp_expired", ""),
        ("auth__unknown_key_id", 401, "authentication_error", "NOT_FOUND"),
        ("auth__bad_signature", 401, "authentication_error", "INCORRECT_API_KEY_SIGNATURE"),
        ("orders__insufficient_balance", 400, "insufficient_balance", ""),
        ("orders__invalid_price_structure", 400, "invalid_price", ""),
        ("orders__post_only_cross", 400, "invalid_order", "post only cross"),
        ("orders__cancel_unknown_id", 404, "not_found", ""),
    ],
)
def test_recorded_refusals_give_their_code(name: str, status: int, code: str, detail: str) -> None:
    error = write_failure(status, recorded(f"demo/{name}.json"))
    assert isinstance(error, DeniedError)
    assert (error.code, error.detail) == (code, detail)


def test_recorded_duplicate_ids_exist() -> None:
    for name in ("orders__duplicate_client_order_id", "orders__reuse_canceled_client_id"):
        assert isinstance(write_failure(409, recorded(f"demo/{name}.json")), OrderExistsError)


def test_recorded_parameter_and_type_errors_are_read() -> None:
    assert "lte" in refusal_words(recorded("demo/markets__limit_over_max.json"))[1]
    assert refusal_words(recorded("demo/orders__numeric_field_types.json"))[0] == "bad_request"
