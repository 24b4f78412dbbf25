"""Request bodies: any bytes are read or refused, and what is read has its declared type."""

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.practice.bodies import BOOL, INT32, INT64, LIST, TEXT, Body, BodyError, Form
from kalshi_tui.practice.rejections import Rejection

FORM = Form(
    "Sample",
    {"name": TEXT, "small": INT32, "large": INT64, "is_so": BOOL, "many": LIST, "count": TEXT},
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-5, 5) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BodyError):
        assert isinstance(FORM.read(data), Body)


@given(st.dictionaries(st.sampled_from(["name", "small", "large", "is_so", "many", "other"]), JSON))
def test_what_is_read_has_the_declared_types(fields: dict[str, Any]) -> None:
    try:
        found = FORM.read(msgspec.json.encode(fields)).fields
    except BodyError:
        return
    types = {"name": str, "small": int, "large": int, "is_so": bool, "many": list}
    for name, value in found.items():
        assert type(value) is types[name]
        assert value == fields[name]


@pytest.mark.parametrize(
    ("data", "details"),
    [
        (b"", "EOF"),
        (b"{", "invalid character in JSON body"),
        (b"[" * 100_000, "invalid character in JSON body"),
        (b"7", "json: cannot unmarshal number into Go value of type Sample"),
        (b"null", "json: cannot unmarshal null into Go value of type Sample"),
        (
            b'{"name": 1.5}',
            "json: cannot unmarshal number into Go struct field Sample.name of type string",
        ),
        (
            b'{"is_so": {}}',
            "json: cannot unmarshal object into Go struct field Sample.is_so of type bool",
        ),
        (
            b'{"small": 2147483648}',
            "json: cannot unmarshal number into Go struct field Sample.small of type int32",
        ),
        (
            b'{"large": true}',
            "json: cannot unmarshal bool into Go struct field Sample.large of type int64",
        ),
    ],
)
def test_a_body_is_refused_in_the_words_of_the_real_decoder(data: bytes, details: str) -> None:
    with pytest.raises(BodyError) as caught:
        FORM.read(data)
    assert caught.value.body() == {
        "code": "bad_request",
        "message": "bad request",
        "details": details,
    }


def test_nulls_and_unknown_fields_are_left_out() -> None:
    assert FORM.read(b'{"name": null, "other": 1, "count": "2"}').fields == {"count": "2"}


def test_a_value_that_makes_no_sense_is_a_refusal_with_its_name() -> None:
    body = FORM.read(b'{"count": "1.555"}')
    with pytest.raises(Rejection) as caught:
        body.count("count")
    assert (caught.value.status, caught.value.code) == (400, "invalid_parameters")
    with pytest.raises(Rejection, match="invalid_parameters"):
        body.require("name")
    assert body.maybe_count("name") is None
