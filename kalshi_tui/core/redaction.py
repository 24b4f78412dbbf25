"""What must not be read in a log, a crash report or an error: found by its form and blotted out.

Owns the forms: private keys, signatures and other random-looking runs, the values of the signing
headers, ids of keys and accounts, queries of addresses. Errs towards hiding. Pure; it cannot know a
passphrase, so nothing that holds one may be handed to a log at all.
Source: reliability 6.4.
"""

import re

HIDDEN = "[hidden]"

_BLOCK = re.compile(r"-----BEGIN [^-]*KEY-----.*?(?:-----END [^-]*KEY-----|\Z)", re.DOTALL)
# The value ends where a line, a quoted text or an argument does: no header value has these.
_HEADER = re.compile(
    r"(?i)(KALSHI-ACCESS-(?:KEY|SIGNATURE)|authorization|cookie|passphrase|password|secret)"
    r"(b?['\"]?\s*[:=,]\s*b?['\"]?)([^\s'\",)}\]]+)"
)
_QUERY = re.compile(r"((?:https?|wss?)://[^\s?'\"]+|\s/[\w./%-]+)\?[^\s'\"]*")
_CREDENTIALS = re.compile(r"(\w+://)[^/\s@'\"]+@")
_UUID = re.compile(
    r"\b([0-9a-fA-F]{8})-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
)
_HEX = re.compile(r"\b[0-9a-fA-F]{32,}\b")
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{24,}")
_LEAST = 24


def redact(text: str) -> str:
    """Return `text` without anything that looks like a secret; the rest stays as it is.

    Of an id its first eight digits stay, by which an order can still be found in the ledger.
    """
    text = _BLOCK.sub(HIDDEN, text)
    text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _CREDENTIALS.sub(rf"\1{HIDDEN}@", text)
    text = _QUERY.sub(rf"\1?{HIDDEN}", text)
    text = _UUID.sub(r"\1-...", text)
    text = _HEX.sub(HIDDEN, text)
    return _RUN.sub(_hide, text)


def _hide(run: re.Match[str]) -> str:
    text, before = run[0], run.string[: run.start()][-1:]
    # Behind a point it may be the rest of a path whose folder has a point in its name.
    is_path = text[0] == "/" or (before == "." and "/" in text)
    if not is_path:
        return HIDDEN if _is_random(text) else text
    # A path: its names count by themselves.
    return "/".join(
        HIDDEN if len(name) >= _LEAST and _is_random(name) else name for name in text.split("/")
    )


def _is_random(text: str) -> bool:
    """True where capitals, small letters and digits are mixed as in no name and no ticker."""
    return (
        any(char.isupper() for char in text)
        and any(char.islower() for char in text)
        and any(char.isdigit() for char in text)
    )
