"""What a reader of the code has to be able to rely on: one door for texts, and markup nowhere."""

import ast
import re
import typing
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kalshi_tui.core import effects, events, market, panes, reconciliation, stream, views
from kalshi_tui.core.text import SafeText

PACKAGE = Path(__file__).parents[1] / "kalshi_tui"
SOURCES = {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
SCREEN = {path: tree for path, tree in SOURCES.items() if path.is_relative_to(PACKAGE / "ui")}

IDENTIFIERS = {
    "ticker", "tickers", "event_ticker", "watched", "order_id", "client_order_id", "trade_id",
    "queues", "channel", "ladder_key", "tape_key", "rows", "request_id", "group_id", "aliases",
}  # fmt: skip
"""Fields of texts that the decoder lets through only as a ticker or an identity, or that are ids of
our own making. The rows are a book's changes: their one text is the ticker."""

SENTENCES = {
    "connection_reason", "read_only", "maintenance", "drift", "reason", "repair_reason", "detail",
    "source", "ours", "theirs", "note", "text", "error", "what", "change", "rung", "code",
    "doubt_reason", "counts", "unknown", "malformed", "reducing", "ledger_fault", "breaker",
    "day_note",
}  # fmt: skip
"""Fields of our own sentences. What they quote of the exchange comes out of a field of `SafeText`
or out of an error, whose words are cleaned (tests/api/test_door.py)."""


def _named(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(PACKAGE.parent)}:{getattr(node, 'lineno', 0)}"


def _calls(trees: dict[Path, ast.Module]) -> Iterator[tuple[Path, ast.Call, str]]:
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node, ast.unparse(node.func).rpartition(".")[2]


def test_safe_text_is_made_in_one_module() -> None:
    makers = {_named(path, node) for path, node, name in _calls(SOURCES) if name == "SafeText"}
    assert {place.partition(":")[0] for place in makers} == {"kalshi_tui/core/text.py"}


def _texts(kind: Any) -> bool:
    return kind is str or any(_texts(inner) for inner in typing.get_args(kind))


@pytest.mark.parametrize(
    "module",
    [views, events, stream, market, effects, reconciliation, panes],
    ids=lambda each: each.__name__,
)
def test_every_text_that_can_reach_a_widget_is_of_a_kind_that_is_known(module: Any) -> None:
    unknown = {
        f"{name}.{field}"
        for name, kind in vars(module).items()
        if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, tuple))
        for field, hint in typing.get_type_hints(kind).items()
        if _texts(hint) and field not in IDENTIFIERS | SENTENCES
    }
    assert unknown == set()


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (market.Market, "title"), (market.Market, "subtitle"), (market.Market, "rules"),
        (events.ExchangeStatusRead, "resume_text"), (views.StatusView, "resume_text"),
        (events.Refused, "detail"), (events.AmendRefused, "detail"),
        (events.DecreaseRefused, "detail"), (events.OrderReported, "reason"),
    ],
)  # fmt: skip
def test_the_words_of_the_exchange_are_safe_text_where_widgets_find_them(
    kind: type[Any], field: str
) -> None:
    assert typing.get_type_hints(kind)[field] is SafeText


MARKUP_READERS = {
    "Static", "Label", "Button", "Checkbox", "RadioButton", "Link", "Digits", "Collapsible",
    "OptionList", "Option", "SelectionList", "Select", "TabPane", "Tab", "Tree", "ListItem", "Log",
    "RichLog", "Markdown", "DataTable", "Placeholder", "Header", "Footer", "Toast", "notify",
}  # fmt: skip
"""What reads square brackets, or a text of any kind, unless it is told not to."""

FORBIDDEN = {"from_markup", "render_markup", "to_content", "visualize"}


def test_FJ06_markup_is_off_wherever_a_widget_would_read_it() -> None:
    wrong = [
        _named(path, node)
        for path, node, name in _calls(SCREEN)
        if name in MARKUP_READERS
        and not any(
            word.arg == "markup"
            and isinstance(word.value, ast.Constant)
            and word.value.value is False
            for word in node.keywords
        )
    ]
    assert wrong == []


def test_FJ06_nothing_turns_text_into_markup() -> None:
    assert [_named(path, node) for path, node, name in _calls(SCREEN) if name in FORBIDDEN] == []
    imported = {
        node.module
        for tree in SCREEN.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    # Escaping markup is what fails on the next bracket; there is to be none to escape.
    assert imported & {"textual.markup", "rich.markup"} == set()
    titles = [
        _named(path, target)
        for path, tree in SCREEN.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
        # Textual reads all of these as markup.
        and target.attr in ("border_title", "border_subtitle", "tooltip")
    ]
    assert titles == []


def test_FJ18_the_clipboard_and_the_windows_title_are_left_alone() -> None:
    found = [
        _named(path, node)
        for path, node, name in _calls(SCREEN)
        if name in ("copy_to_clipboard", "open_url", "set_window_title")
    ]
    assert found == []


def test_FJ01_the_screen_writes_no_escape_sequence_by_itself() -> None:
    found = [
        _named(path, node)
        for path, tree in SCREEN.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and any(ord(char) < 32 and char != "\n" for char in node.value)
    ]
    assert found == []


_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\s|\\n)+(?:[A-Za-z0-9+/=]{40,}(?:\s|\\n)+){2,}"
    # The beginnings of a private key without its frame: RSA, then Ed25519.
    r"|\bMII[A-Za-z0-9+/]{3}IBA[A-Za-z0-9+/]{60}|\bMC4CAQAwBQYDK2Vw[A-Za-z0-9+/]{40}"
    # Keys and tokens of others that are known by their look.
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bxox[abprs]-[0-9A-Za-z-]{10,}"
)
_RAW = Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
_CAUGHT = {
    "a PEM file": "-----BEGIN PRIVATE KEY-----\n" + ("A" * 64 + "\n") * 3,
    "one line of code": "-----BEGIN RSA PRIVATE KEY-----\\n" + ("A" * 64 + "\\n") * 3,
    "Ed25519 alone": b64encode(Ed25519PrivateKey.generate().private_bytes(*_RAW)).decode(),
    "RSA alone": b64encode(generate_private_key(65_537, 2_048).private_bytes(*_RAW)).decode(),
    "a token": "ghp_" + "a1B2" * 9,
}


@pytest.mark.parametrize("secret", _CAUGHT.values(), ids=_CAUGHT)
def test_FI18_a_secret_would_be_found(secret: str) -> None:
    assert _SECRET.search(f'KEY = "{secret}"')


def test_FI18_no_secret_lies_in_the_repository() -> None:
    kept = [
        path
        for folder in ("kalshi_tui", "tests", "themes", "screenshots", ".ci")
        for path in sorted((PACKAGE.parent / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    kept += [path for path in PACKAGE.parent.iterdir() if path.is_file() and path.name != ".git"]
    assert len(kept) > 300
    assert [path for path in kept if _SECRET.search(path.read_text(errors="replace"))] == []
