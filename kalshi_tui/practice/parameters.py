"""Query parameters of the REST side: reading, limits, and pages with opaque cursors.

A bad value is answered as the exchange's own validation answers it; a cursor that means nothing is
the first page, and the last page's cursor is an empty string.
Source: recorded bodies (limit over the maximum, garbage cursor); openapi.yaml limits.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

_MAX_CURSOR = 256

# What the exchange's language takes for a yes and for a no.
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


class ParameterError(Exception):
    """A query parameter that fails validation: status 400 and the `{"msg"}` body."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Query:
    """The parameters of one request to one operation (`GetMarkets`)."""

    def __init__(self, operation: str, values: Mapping[str, str]) -> None:
        self._operation = operation
        self._values = values

    def text(self, name: str) -> str:
        """Return a text, or an empty one."""
        return self._values.get(name, "")

    def words(self, name: str) -> list[str]:
        """Return the parts of a comma-separated list."""
        return [each for each in self.text(name).split(",") if each]

    def flag(self, name: str) -> bool:
        """Return a yes or no, no where it is absent. Raises `ParameterError`."""
        return self.maybe_flag(name) or False

    def maybe_flag(self, name: str) -> bool | None:
        """Return a yes or no, or None where it is absent. Raises `ParameterError`."""
        text = self.text(name)
        if not text:
            return None
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise ParameterError(
            f"Invalid format for parameter {name}: error binding string parameter: "
            f'strconv.ParseBool: parsing "{text[:32]}": invalid syntax'
        )

    def whole(self, name: str) -> int | None:
        """Return a whole number, or None where it is absent. Raises `ParameterError`."""
        text = self.text(name)
        if not text:
            return None
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
            raise ParameterError(
                f"Invalid format for parameter {name}: error binding string parameter: "
                f'strconv.ParseInt: parsing "{text[:32]}": invalid syntax'
            )
        return int(text)

    def need(self, name: str) -> int:
        """Return a whole number that must be there. Raises `ParameterError`."""
        value = self.whole(name)
        if value is None:
            raise self.refused(field_name(name), "required")
        return value

    def at_least(self, name: str, least: int) -> int | None:
        """Return a whole number not below `least`, or None. Raises `ParameterError`."""
        value = self.whole(name)
        if value is not None and value < least:
            raise self.refused(field_name(name), "gte")
        return value

    def limit(self, default: int, most: int, least: int = 1, tags: str = "min max") -> int:
        """Return `limit` within its range; no clamping. Raises `ParameterError`."""
        value = self.whole("limit")
        below, above = tags.split()
        if value is None or (value == 0 and least == 0):
            return default
        if value < least:
            raise self.refused("Limit", below)
        if value > most:
            raise self.refused("Limit", above)
        return value

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """Return one of the allowed words, or an empty text. Raises `ParameterError`."""
        value = self.text(name)
        if value and value not in allowed:
            raise self.refused(field_name(name), "oneof")
        return value

    def refused(self, field: str, tag: str) -> ParameterError:
        """Return the refusal of one field by one validation tag."""
        key = f"{self._operation}Params.{field}"
        return ParameterError(
            f"Parameter validation failed for {self._operation}: Key: '{key}' "
            f"Error:Field validation for '{field}' failed on the '{tag}' tag"
        )


def field_name(name: str) -> str:
    """Return the field that a refusal names: `start_ts` is `StartTs`."""
    return name.title().replace("_", "")


def page(
    items: Sequence[T], key: Callable[[T], str], cursor: str, limit: int
) -> tuple[Sequence[T], str]:
    """Return one page and the cursor of the next; the cursor names the last item of a page."""
    start = 0
    last = _decode(cursor)
    if last:
        found = next((place for place, item in enumerate(items) if key(item) == last), None)
        start = 0 if found is None else found + 1
    chosen = items[start : start + limit]
    more = start + limit < len(items)
    return chosen, _encode(key(chosen[-1])) if more and chosen else ""


def _encode(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _decode(cursor: str) -> str:
    if not cursor or len(cursor) > _MAX_CURSOR:
        return ""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
