"""The history written to files for other programs: CSV, JSON lines, Parquet by day.

A file appears whole or not at all. Owns the formats; what stands in the columns is `columns`'.
"""

import csv
import importlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from kalshi_tui.session.chronicle import History
from kalshi_tui.session.columns import TABLES, Column, Table, Value

_BATCH = 50_000
"""Rows of a Parquet file: a day may have more than one."""


class ExportError(RuntimeError):
    """Nothing was written, or only whole files. The message is one sentence with the cure."""


class Format(Enum):
    """How a table is written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    """A folder laid out by day, `day=2026-11-22/part-0.parquet`; needs pyarrow."""


def export(
    history: History,
    name: str,
    form: Format,
    target: Path,
    *,
    since_ns: int | None = None,
    until_ns: int | None = None,
) -> int:
    """Write one table of [since, until) to `target` and return how many rows it has.

    Raises `ExportError`.
    """
    table = TABLES.get(name)
    if table is None:
        raise ExportError(f"There is no export {name!r}; there are {', '.join(TABLES)}.")
    rows = (
        tuple(column.value(record) for column in table.columns)
        for record in table.records(history, since_ns, until_ns)
    )
    try:
        match form:
            case Format.CSV:
                with _whole(target) as file:
                    return _write_csv(file, table.columns, rows)
            case Format.JSONL:
                with _whole(target) as file:
                    return _write_jsonl(file, table.columns, rows)
            case Format.PARQUET:
                return _write_parquet(_pyarrow(), target, table, rows)
    except OSError as error:
        reason = error.strerror or "it is not writable"
        raise ExportError(
            f"{target} cannot be written ({reason}); choose another place."
        ) from error


def _write_csv(
    file: IO[str], columns: tuple[Column, ...], rows: Iterable[tuple[Value, ...]]
) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([each.name for each in columns])
    count = 0
    for row in rows:
        count += 1
        writer.writerow([str(v).lower() if isinstance(v, bool) else v for v in row])
    return count


def _write_jsonl(
    file: IO[str], columns: tuple[Column, ...], rows: Iterable[tuple[Value, ...]]
) -> int:
    names = [each.name for each in columns]
    count = 0
    for row in rows:
        count += 1
        pairs = dict(zip(names, row, strict=True))
        file.write(json.dumps(pairs, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count


def _pyarrow() -> ModuleType:
    try:
        return importlib.import_module("pyarrow")
    except ImportError:
        raise ExportError(
            "Parquet needs pyarrow; install it with: pip install 'kalshi-tui[parquet]'."
        ) from None


def _write_parquet(
    arrow: Any, target: Path, table: Table, rows: Iterator[tuple[Value, ...]]
) -> int:
    if target.exists() and any(target.iterdir()):
        raise ExportError(f"{target} is not empty; choose another folder.")
    parquet = importlib.import_module("pyarrow.parquet")
    names = [each.name for each in table.columns]
    day_at = next(names.index(name) for name in ("time", "closed") if name in names)
    parts: dict[str, int] = {}
    count = 0
    while batch := list(islice(rows, _BATCH)):
        count += len(batch)
        days: dict[str, list[tuple[Value, ...]]] = {}
        for row in batch:
            days.setdefault(str(row[day_at])[:10], []).append(row)
        for day, of_day in days.items():
            folder = target / f"day={day}"
            folder.mkdir(parents=True, exist_ok=True)
            arrays = [_array(arrow, values) for values in zip(*of_day, strict=True)]
            part = folder / f"part-{parts.get(day, 0)}.parquet"
            parquet.write_table(arrow.Table.from_arrays(arrays, names=names), part)
            parts[day] = parts.get(day, 0) + 1
    return count


def _array(arrow: Any, values: tuple[Value, ...]) -> Any:
    """Return a column of one type in every file, also where a batch holds only empty values."""
    known = next((value for value in values if value is not None), "")
    kinds = {bool: arrow.bool_(), int: arrow.int64(), str: arrow.string()}
    return arrow.array(values, type=kinds[type(known)])


@contextmanager
def _whole(target: Path) -> Iterator[IO[str]]:
    """Write beside the target and put it in place at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
