"""How the wire spells counts, prices and refusals; the venue's own, and no code of the client."""

from typing import Any

Body = dict[str, Any]
Answer = tuple[int, Body]


def count_text(count: int) -> str:
    """Return a count as the wire spells it."""
    return f"{'-' if count < 0 else ''}{abs(count) // 100}.{abs(count) % 100:02d}"


def price_text(price: int) -> str:
    """Return a price as the wire spells it."""
    return f"{'-' if price < 0 else ''}{abs(price) // 10_000}.{abs(price) % 10_000:04d}"


def units(text: str, digits: int) -> int:
    """Return what the wire spells, in units of its last digit."""
    whole, _, rest = text.partition(".")
    return int(whole) * int(10**digits) + int(rest.ljust(digits, "0") or "0")


def refusal(status: int, code: str) -> Answer:
    """Return a definite refusal."""
    return status, {"error": {"code": code, "message": code.replace("_", " ")}}
