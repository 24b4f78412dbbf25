"""Whether a JSON value is what the published specification says: OpenAPI and AsyncAPI schemas.

Reads the YAML of the shared folder (skips where it is absent), turns its schemas into plain JSON
Schema and closes every object that lists its properties: a field that the specification does not
know is an error too. Prices and counts must have the decimals of the wire.
"""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"
OPENAPI = SHARED / "spec" / "openapi.yaml"
ASYNCAPI = SHARED / "spec" / "asyncapi.yaml"

_DECIMALS = {
    "FixedPointDollars": r"^-?\d+\.\d{4,6}$",
    "FixedPointCount": r"^-?\d+\.\d{2}$",
}
_FORMATS = FormatChecker(formats=())
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


@_FORMATS.checks("date-time")
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or _TIME.fullmatch(value) is not None


@functools.cache
def load(path: Path) -> dict[str, Any]:
    """Return a specification; skips the test where the shared folder is absent."""
    if not path.exists():
        pytest.skip(f"{path.name} is not here: it lies in ../shared/spec, outside the project")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, Any] = yaml.load(path.read_text(), Loader=loader)
    return found


class Spec:
    """The component schemas of one specification."""

    def __init__(self, path: Path) -> None:
        self.document = load(path)
        schemas = self.document["components"]["schemas"]
        self._defs = {name: _plain(schema) for name, schema in schemas.items()}
        for name, pattern in _DECIMALS.items():
            if name in self._defs:
                self._defs[name]["pattern"] = pattern
        self._validators: dict[str, Draft202012Validator] = {}

    def errors(self, schema: str | Mapping[str, Any], value: object) -> list[str]:
        """Return what is wrong with a value: a component's name, or a schema of its own."""
        key = schema if isinstance(schema, str) else repr(schema)
        validator = self._validators.get(key)
        if validator is None:
            root = (
                {"$ref": f"#/components/schemas/{schema}"}
                if isinstance(schema, str)
                else _plain(schema)
            )
            whole = {**root, "components": {"schemas": self._defs}}
            validator = Draft202012Validator(whole, format_checker=_FORMATS)
            self._validators[key] = validator
        return [
            f"{'/'.join(map(str, each.absolute_path)) or '(whole)'}: {each.message[:300]}"
            for each in validator.iter_errors(value)
        ]


def _plain(node: Any) -> Any:
    """Return a schema without OpenAPI's own words, closed against unknown properties."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    found = {
        key: {name: _plain(each) for name, each in value.items()}
        if key in ("properties", "patternProperties")
        else (value if key in ("enum", "required", "default", "example") else _plain(value))
        for key, value in node.items()
        if key not in ("nullable", "description", "example", "examples") and key[:2] != "x-"
    }
    if "properties" in found and "additionalProperties" not in found:
        found["additionalProperties"] = False
    if node.get("nullable") is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found


class Operation:
    """One operation of the REST specification."""

    def __init__(self, method: str, path: str, body: Mapping[str, Any], spec: Spec) -> None:
        self.method, self.path, self.body = method, path, body
        self.name: str = body["operationId"]
        parts = [re.escape(each) for each in re.split(r"\{\w+\}", path)]
        self._pattern = re.compile("[^/]+".join(parts))
        self._spec = spec

    @property
    def is_private(self) -> bool:
        """True where a signature is needed."""
        return bool(self.body.get("security"))

    def matches(self, method: str, path: str) -> bool:
        """Return True for a request to this operation; `path` is below the root."""
        return method == self.method and self._pattern.fullmatch(path) is not None

    def parameters(self, where: str) -> list[dict[str, Any]]:
        """Return the parameters in `query` or `path`, references followed."""
        known = self._spec.document["components"]["parameters"]
        found = [
            known[each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else each
            for each in self.body.get("parameters", [])
        ]
        return [each for each in found if each["in"] == where]

    def request_schema(self) -> dict[str, Any] | None:
        """Return the schema of the body, or None."""
        if "requestBody" not in self.body:
            return None
        found: dict[str, Any] = self.body["requestBody"]["content"]["application/json"]["schema"]
        return found

    def response_schema(self, status: int) -> dict[str, Any] | None:
        """Return the schema of a successful answer, or None where it has no body."""
        response = self.body["responses"].get(str(status), {})
        content = response.get("content", {})
        found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return found


@functools.cache
def openapi() -> Spec:
    """Return the REST specification."""
    return Spec(OPENAPI)


@functools.cache
def operations() -> tuple[Operation, ...]:
    """Return every operation of the REST specification; fixed paths come before variable ones."""
    spec = openapi()
    found = [
        Operation(method.upper(), path, body, spec)
        for path, methods in spec.document["paths"].items()
        for method, body in methods.items()
        if method != "parameters"
    ]
    return tuple(sorted(found, key=lambda each: each.path.count("{")))


NESTED_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "details": {"type": "string"},
            },
        }
    },
}
"""Recorded everywhere, although the specification writes the error without its envelope."""

QUERY_ERROR = {
    "type": "object",
    "required": ["msg"],
    "properties": {"msg": {"type": "string"}},
}
LIMIT_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"enum": ["too many requests"]}},
}

_ERRORS: Mapping[int, tuple[Mapping[str, Any] | str, ...]] = {
    400: (NESTED_ERROR, "ErrorResponse", QUERY_ERROR),
    429: (LIMIT_ERROR, NESTED_ERROR),
}


class Record:
    """What was asked and answered, for the table of operations and status codes."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, int]] = Counter()

    def check(self, method: str, path: str, status: int, body: bytes, value: object) -> None:
        """Check one answer of the REST side; `path` is below the root and has no query."""
        operation = next((each for each in operations() if each.matches(method, path)), None)
        assert operation is not None, f"{method} {path} is no operation of the specification"
        self.seen[operation.name, status] += 1
        what = f"{operation.name} {status}"
        if status >= 400:
            shapes = _ERRORS.get(status, (NESTED_ERROR,))
            assert any(not openapi().errors(each, value) for each in shapes), f"{what}: {value}"
            return
        assert str(status) in operation.body["responses"], f"{what} is not declared"
        schema = operation.response_schema(status)
        if schema is None:
            assert body in (b"", b"{}"), what
            return
        errors = openapi().errors(schema, value)
        assert not errors, f"{what}: {errors[:5]}"

    def table(self) -> str:
        """Return the table: one line an operation, the status codes with their numbers."""
        codes = sorted({status for _, status in self.seen})
        lines = [f"{'operation':<40}" + "".join(f"{each:>6}" for each in codes)]
        for name in sorted({name for name, _ in self.seen}):
            counts = (self.seen[name, each] for each in codes)
            lines.append(f"{name:<40}" + "".join(f"{each or '.':>6}" for each in counts))
        return "\n".join(lines)


def names(found: Iterable[tuple[str, int]]) -> set[str]:
    """Return the operations of some records."""
    return {name for name, _ in found}
