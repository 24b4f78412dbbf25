"""How the exchange's things stand in the journal: their own fields by name, checked by their types.

A `Form` packs a dataclass or a named tuple as a JSON object and unpacks it again. It is derived
from the class, so that a field that is added there is kept without a word here. Integers in the
units of `core.units`. A field that is missing or unknown, or of another type, is an error: a state
that is half understood would lose money silently.
"""

import dataclasses
from collections import deque
from collections.abc import Collection
from typing import Any, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec

from kalshi_tui.core.market import GridError, TickBand, TickGrid
from kalshi_tui.practice.files import FileError

T = TypeVar("T")


class StateError(FileError):
    """A state that cannot be restored. The message is one sentence with the cure."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The practice state is damaged ({what}); start with --reset-practice to begin anew."
        )


def _pack_odd(value: object) -> object:
    if isinstance(value, TickGrid):
        return [(band.start, band.end, band.step) for band in value.bands]
    raise TypeError(f"{type(value).__name__} has no form")


def _unpack_odd(kind: type, value: Any) -> Any:
    if kind is TickGrid:
        bands = msgspec.convert(value, list[tuple[int, int, int]])
        try:
            return TickGrid(TickBand(*band) for band in bands)  # type: ignore[arg-type]
        except GridError as error:
            raise ValueError(str(error)) from None
    raise TypeError(f"{kind.__name__} has no form")


_ENCODER = msgspec.json.Encoder(enc_hook=_pack_odd)


class Form(Generic[T]):
    """The form of one class. `without` names fields that are worked out anew."""

    def __init__(self, kind: type[T], without: Collection[str] = ()) -> None:
        hints = get_type_hints(kind)
        names = [name for name in _names(kind) if name not in without]
        self._kind = kind
        self._name = kind.__name__
        self._names = names
        self._deques = [name for name in names if get_origin(hints[name]) is deque]
        self._record = msgspec.defstruct(
            self._name,
            [(name, _plain(hints[name])) for name in names],
            forbid_unknown_fields=True,
        )
        self._decoder = msgspec.json.Decoder(self._record, dec_hook=_unpack_odd)

    def pack(self, thing: object) -> msgspec.Raw:
        """Return a thing as JSON: one of the class, or one that has the same fields."""
        fields = [getattr(thing, name) for name in self._names]
        record = self._record(*[list(each) if isinstance(each, deque) else each for each in fields])
        return msgspec.Raw(_ENCODER.encode(record))

    def fields(self, packed: "bytes | msgspec.Raw") -> dict[str, Any]:
        """Return the fields of a packed thing by name. Raises `StateError`."""
        try:
            record = self._decoder.decode(packed)
        except msgspec.DecodeError as error:
            raise StateError(f"{self._name}: {_lower(error)}") from None
        found = {name: getattr(record, name) for name in self._names}
        for name in self._deques:
            found[name] = deque(found[name])
        return found

    def unpack(self, packed: "bytes | msgspec.Raw", **worked_out: object) -> T:
        """Return the thing; `worked_out` gives fields that are not kept. Raises `StateError`."""
        return self._kind(**self.fields(packed), **worked_out)


def _names(kind: type) -> list[str]:
    if dataclasses.is_dataclass(kind):
        return [field.name for field in dataclasses.fields(kind)]
    return list(cast("Any", kind)._fields)


def _plain(hint: Any) -> Any:
    """Return a type that JSON has: a deque is kept as a list."""
    return list[get_args(hint)[0]] if get_origin(hint) is deque else hint  # type: ignore[misc]


def _lower(error: msgspec.DecodeError) -> str:
    text = str(error).replace("\n", " ")
    return text[:1].lower() + text[1:]


def read_whole(packed: "bytes | msgspec.Raw", kind: Any) -> Any:
    """Return a value of a plain type (int, mapping, list …). Raises `StateError`."""
    try:
        return msgspec.json.decode(packed, type=kind, dec_hook=_unpack_odd)
    except msgspec.DecodeError as error:
        raise StateError(_lower(error)) from None


def write_whole(value: object) -> msgspec.Raw:
    """Return a value as JSON."""
    return msgspec.Raw(_ENCODER.encode(value))
