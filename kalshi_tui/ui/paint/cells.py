"""Single values as text: prices, counts, money, ages and clocks, exact or visibly not.

A count that does not fit is shown in thousands and marked by its `k`; nothing is rounded up.
Owns text only: no colour, no column.
"""

from datetime import UTC, datetime, tzinfo

from kalshi_tui.core.units import (
    Count,
    Money,
    Price,
    count_text,
    money_text,
    price_text,
)

SECOND_NS = 1_000_000_000

_FULL_LIMIT = 9_999_999
"""99,999.99 contracts: the largest count that a ladder column prints in full."""
_THOUSAND = 100_000
_MILLION = 100_000_000
_TENTH_NS = SECOND_NS // 10


def decimals_of(step: int) -> int:
    """Return how many decimals of a cent a tick step needs: 100 -> 0, 10 -> 1, 1 -> 2."""
    return 0 if step % 100 == 0 else 1 if step % 10 == 0 else 2


def price_cell(price: Price, decimals: int) -> str:
    """Return cents with the decimal points of a column aligned: " 9.6", "10  ", " 9  "."""
    whole, rest = divmod(price, 100)
    room = decimals + 1 if decimals else 0
    tail = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{whole:>2}{tail:<{room}}"


def short_count(count: Count) -> str:
    """Return a count in thousands or millions, cut and never rounded up: "123.4k", "1,234.5k"."""
    size = abs(count)
    sign = "-" if count < 0 else ""
    if size < _THOUSAND:
        return count_text(count)
    unit, letter = (_MILLION, "M") if size >= _MILLION * 100 else (_THOUSAND, "k")
    tenths = size * 10 // unit
    return f"{sign}{tenths // 10:,}.{tenths % 10}{letter}"


def ladder_count(count: Count) -> str:
    """Return a count as a ladder prints it: exact up to 99,999.99, beyond that "123.4k"."""
    return count_text(count) if count <= _FULL_LIMIT else short_count(count)


def count_cell(count: Count, width: int, *, doubtful: bool = False) -> str:
    """Return a count right-aligned on the decimal point in `width` cells.

    A doubtful one carries `?` before it. What does not fit is shown in thousands.
    """
    mark = "?" if doubtful else ""
    for text in (ladder_count(count), short_count(count)):
        whole, point, tail = text.partition(".")
        aligned = f"{mark}{whole}{point}{tail:<{2 if point else 3}}"
        if len(aligned) <= width:
            return aligned.rjust(width)
        if len(aligned.rstrip()) <= width:
            return aligned.rstrip().rjust(width)
    return f"{mark}#".rjust(width)[-width:]


def queue_text(queue: Count | None, *, estimate: bool) -> str:
    """Return the queue ahead of an order: "q300", "q~410", "NEXT" at none, "q?" when unknown."""
    if queue is None:
        return "q?"
    if queue <= 0:
        return "NEXT"
    return f"q{'~' if estimate else ''}{ladder_count(queue)}"


def cash_text(money: Money | None) -> str:
    """Return dollars to the last digit that the exchange keeps; "--" while unknown."""
    return "--" if money is None else money_text(money)


def gain_text(money: Money) -> str:
    """Return a signed amount in cents without the dollar sign, never better than it is: "+0.46"."""
    cents = money // 10_000
    return money_text(Money(cents * 10_000), signed=True).replace("$", "", 1)


def percent_text(twice: int) -> str:
    """Return half of a doubled price as a probability: 7500 -> "37.5%". Exact."""
    hundredths, odd = divmod(twice, 2)
    whole, rest = divmod(hundredths, 100)
    tail = f".{rest:02d}{'5' if odd else ''}".rstrip("0").rstrip(".")
    return f"{whole}{tail}%"


def average_text(cost: Money, count: Count) -> str:
    """Return cost per contract in cents with two decimals, rounded half up: "34.20"."""
    if count == 0:
        return "--"
    units = (2 * abs(cost) + abs(count)) // (2 * abs(count))
    return f"{units // 100}.{units % 100:02d}"


def age_text(age_ns: int) -> str:
    """Return an age that is watched: "3.2s", "47s", "2m05s", "1h02m"."""
    if age_ns < 10 * SECOND_NS:
        tenths = max(age_ns, 0) // _TENTH_NS
        return f"{tenths // 10}.{tenths % 10}s"
    seconds = age_ns // SECOND_NS
    if seconds < 60:
        return f"{seconds}s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}m{seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"


def lapse_text(lapse_ns: int) -> str:
    """Return how long something that is over took: "<1ms", "4ms", "3.2s", "2m05s"."""
    if lapse_ns >= SECOND_NS:
        return age_text(lapse_ns)
    whole = lapse_ns // 1_000_000
    return f"{whole}ms" if whole > 0 else "<1ms"


def until_text(left_ns: int) -> str:
    """Return the time to an event in its two largest useful units: "18d", "5h12m", "4m09s"."""
    seconds = left_ns // SECOND_NS
    if seconds <= 0:
        return "now"
    days, rest = divmod(seconds, 86_400)
    if days >= 2:
        return f"{days}d"
    hours, rest = divmod(rest, 3_600)
    hours += days * 24
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes:02d}m"
    return f"{minutes}m{seconds:02d}s" if minutes else f"{seconds}s"


def latency_text(latency_ns: int | None) -> str:
    """Return a round trip in milliseconds: "9ms", "<1ms"; empty while unmeasured."""
    if latency_ns is None:
        return ""
    whole = latency_ns // 1_000_000
    return f"{whole}ms" if whole else "<1ms"


def clock_text(wall_ns: int, zone: tzinfo | None) -> str:
    """Return HH:MM:SS of a wall time in `zone`; None is the system's own zone."""
    moment = datetime.fromtimestamp(wall_ns // SECOND_NS, UTC).astimezone(zone)
    return moment.strftime("%H:%M:%S")


def touch_text(price: Price | None, size: Count | None, *, doubtful: bool) -> str:
    """Return "37 x 120"; "--" for a side without quotes; `?` before a doubtful size."""
    if price is None or size is None:
        return "--"
    return f"{price_text(price)} x {'?' if doubtful else ''}{ladder_count(size)}"
