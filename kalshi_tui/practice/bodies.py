"""Request bodies: JSON read as the exchange's own decoder reads it, and refused in its words.

Owns types of fields and the flat 400 envelope; what a field means is the caller's business. Unknown
fields and nulls are left out, as they are there.
Source: recorded bodies (numbers where strings are wanted); openapi.yaml request schemas.
"""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import msgspec
from starlette.requests import Request

from kalshi_tui.core.units import Count, Price, UnitError, parse_count, parse_price
from kalshi_tui.practice import rejections
from kalshi_tui.practice.rejections import Rejection

E = TypeVar("E", bound=Enum)

TEXT = (str, "string")
INT = (int, "int")
INT32 = (int, "int32")
INT64 = (int, "int64")
BOOL = (bool, "bool")
LIST = (list, "[]")

_INT_RANGE = {"int32": 2**31, "int": 2**63, "int64": 2**63}


class BodyError(Exception):
    """A body that the exchange's JSON decoder refuses: status 400 and the flat error shape."""

    def __init__(self, details: str) -> None:
        super().__init__(details)
        self.details = details

    def body(self) -> dict[str, str]:
        """Return the flat envelope."""
        return {"code": "bad_request", "message": "bad request", "details": self.details}


class Form:
    """The known fields of one request schema, by name."""

    def __init__(self, name: str, fields: Mapping[str, tuple[type, str]]) -> None:
        self.name = name
        self._fields = fields

    async def receive(self, request: Request) -> "Body":
        """Return the body of a request. Raises `BodyError`, or `Rejection` for another type."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Rejection(400, "invalid_content_type", "invalid content type")
        return self.read(await request.body())

    def read(self, data: bytes) -> "Body":
        """Return the fields of a JSON text. Raises `BodyError`."""
        try:
            decoded = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BodyError("invalid character in JSON body" if data else "EOF") from None
        return self.pick(decoded)

    def pick(self, decoded: object) -> "Body":
        """Return the fields of a decoded object. Raises `BodyError`."""
        if not isinstance(decoded, dict):
            raise BodyError(
                f"json: cannot unmarshal {_json_kind(decoded)} into Go value of type {self.name}"
            )
        found: dict[str, object] = {}
        for name, value in decoded.items():
            if name not in self._fields or value is None:
                continue
            wanted, go_type = self._fields[name]
            if type(value) is not wanted or not _fits(value, go_type):
                raise BodyError(
                    f"json: cannot unmarshal {_json_kind(value)} into Go struct field "
                    f"{self.name}.{name} of type {go_type}"
                )
            found[name] = value
        return Body(found)


class Body:
    """Fields that have their own JSON type."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    @property
    def fields(self) -> Mapping[str, object]:
        """All fields that were given."""
        return self._fields

    def require(self, *names: str) -> None:
        """Refuse a body without one of these, or with an empty text. Raises `Rejection`."""
        for name in names:
            if self._fields.get(name) in (None, ""):
                raise invalid(f"{name} is required")

    def text(self, name: str) -> str:
        """Return a text, or an empty one."""
        value = self._fields.get(name, "")
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int | None:
        """Return a whole number, or None."""
        value = self._fields.get(name)
        return value if isinstance(value, int) else None

    def flag(self, name: str) -> bool:
        """Return True only for `true`."""
        return self._fields.get(name) is True

    def items(self, name: str) -> list[object]:
        """Return a list, or an empty one."""
        value = self._fields.get(name)
        return value if isinstance(value, list) else []

    def word(self, kind: type[E], name: str) -> E:
        """Return one of an enumeration's words. Raises `Rejection`."""
        try:
            return kind(self._fields.get(name))
        except ValueError:
            raise invalid(f"{name} is not valid") from None

    def price(self, name: str) -> Price:
        """Return a price. Raises `Rejection` in the words of a price off the grid."""
        try:
            return parse_price(self.text(name))
        except UnitError:
            raise rejections.invalid_price() from None

    def count(self, name: str) -> Count:
        """Return a count. Raises `Rejection`."""
        try:
            return parse_count(self.text(name))
        except UnitError:
            raise invalid(f"{name} must be a number of contracts with at most 2 decimals") from None

    def maybe_count(self, name: str) -> Count | None:
        """Return a count, or None where it is not given. Raises `Rejection`."""
        return self.count(name) if name in self._fields else None


def invalid(details: str) -> Rejection:
    """Return the refusal of a field's value."""
    return Rejection(400, "invalid_parameters", "invalid parameters", details)


def check_subaccount(number: int | None) -> None:
    """Refuse every subaccount but the primary one: these accounts have no others."""
    if number:
        raise invalid("this account has no such subaccount")


def _fits(value: object, go_type: str) -> bool:
    most = _INT_RANGE.get(go_type)
    return most is None or (isinstance(value, int) and -most <= value < most)


def _json_kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
