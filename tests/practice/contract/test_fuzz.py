"""No request, however wrong, is answered with a 5xx, a traceback or an undeclared shape.

Requests are drawn from the specification: every operation that is answered here, its parameters and
body fields with good, bad and absurd values, and raw bytes in place of bodies. Errors must have one
of the recorded envelopes, successful answers the declared schema.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.practice.contract.client import check
from tests.practice.contract.test_operations import WANTED
from tests.support.contract import OPENAPI, Operation, Record, load, openapi, operations
from tests.support.practice_bench import FED, ROOT, START, Bench, bench

START_S = START // 1_000_000_000

TEXTS = st.one_of(
    st.sampled_from([FED, "KXFEDDECISION", "KXFEDDECISION-27JAN", "", "0", "-1", "true", "yes"]),
    st.text(max_size=12),
)
NUMBERS = st.one_of(
    st.sampled_from([-1, 0, 1, 2, 60, 100, 1440, START_S, 2**31, 2**63, 10**25]),
    st.integers(-5, 5),
)
DECIMALS = st.sampled_from(["0.4000", "0.405", "1", "0", "-1.00", "1e3", "9" * 30, "0.01", "1.555"])
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats(-2, 2) | TEXTS | DECIMALS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=5,
)


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema with its reference followed, also one that is wrapped in `allOf`."""
    while "$ref" in schema or "allOf" in schema:
        reference = schema["$ref"] if "$ref" in schema else schema["allOf"][0]["$ref"]
        schema = openapi().document["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return schema


def values(name: str, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return values for one field or parameter: mostly of its type, sometimes of none."""
    schema = resolved(schema)
    kind = schema.get("type")
    good: st.SearchStrategy[Any]
    if "enum" in schema:
        good = st.sampled_from(schema["enum"])
    elif name.endswith("ticker"):
        good = st.just(FED)
    elif kind in ("integer", "number"):
        good = NUMBERS
    elif kind == "boolean":
        good = st.booleans()
    elif kind == "array":
        good = st.lists(values(name, schema["items"]), max_size=3)
    elif kind == "object":
        good = objects(schema)
    elif name in ("price", "count", "reduce_by", "reduce_to") or name.endswith("_fp"):
        good = DECIMALS
    else:
        good = TEXTS
    return st.one_of(good, good, good, ANYTHING)


def objects(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return objects of a schema; any field may be missing."""
    fields = schema.get("properties", {})
    every = {name: values(name, each) for name, each in fields.items()}
    return st.fixed_dictionaries({}, optional=every) | st.fixed_dictionaries(every)


@st.composite
def calls(draw: st.DrawFn) -> tuple[Operation, str, bytes | None]:
    """Return an operation, the path with its query, and a body."""
    known = [each for each in operations() if each.name in WANTED]
    operation = draw(st.sampled_from(known))
    path = operation.path
    for each in operation.parameters("path"):
        value = draw(st.sampled_from([FED, "KXFEDDECISION", "x"]) | st.text(min_size=1, max_size=9))
        path = path.replace(f"{{{each['name']}}}", quote(value, safe="") or "x")
    query: list[tuple[str, str]] = []
    for each in operation.parameters("query"):
        if draw(st.booleans()):
            value = draw(values(each["name"], each["schema"]))
            many = value if isinstance(value, list) else [value]
            query.extend((each["name"], str(one)) for one in many)
    if query:
        path += "?" + urlencode(query, errors="replace")
    schema = operation.request_schema()
    if schema is None:
        return operation, path, None
    body = draw(values("", schema).map(encoded) | st.binary(max_size=30))
    return operation, path, body


def encoded(value: object) -> bytes:
    """Return JSON bytes; what has no JSON form becomes its text."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, ValueError, UnicodeEncodeError):
        return str(value).encode("utf-8", "replace")


async def ask(table: Bench, operation: Operation, path: str, body: bytes | None) -> None:
    """Send one signed request and hold its answer against the specification."""
    wall_ms = table.hands.wall // 1_000_000
    headers = table.ann.headers(operation.method, ROOT + path.partition("?")[0], wall_ms)
    if body is not None:
        headers["Content-Type"] = "application/json"
    response = await table.http.request(
        operation.method, ROOT + path, headers=headers, content=body
    )
    assert response.status_code < 500, f"{operation.name} {path} {body!r}: {response.text}"
    assert b"Traceback" not in response.content
    if operation.matches(operation.method, path.partition("?")[0]):
        check(Record(), operation.method, path, response)


def sequence(requests: list[tuple[Operation, str, bytes | None]]) -> None:
    """Send requests one after the other to a fresh exchange with a few orders in it."""

    async def run(directory: Path) -> None:
        table = bench(directory)
        await table.place(table.bob, side="ask", price="0.40", count="2.00")
        await table.place(table.ann, price="0.39", count="2.00")
        for operation, path, body in requests:
            await ask(table, operation, path, body)
            table.hands.pass_ms(700)
        await table.http.aclose()

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(run(Path(directory)))


def fuzz(examples: int) -> None:
    """Run so many sequences of up to 25 requests."""
    load(OPENAPI)

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=examples < 50,
    )
    @given(st.lists(calls(), min_size=15, max_size=25))
    def run(requests: list[tuple[Operation, str, bytes | None]]) -> None:
        sequence(requests)

    run()


def test_no_request_is_answered_with_a_5xx_or_an_undeclared_shape() -> None:
    fuzz(12)


@pytest.mark.simulation
def test_no_request_of_many_is_answered_with_a_5xx_or_an_undeclared_shape() -> None:
    fuzz(30)
