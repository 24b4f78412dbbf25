"""Refusals of the practice exchange: status, code, message, details as Kalshi words them.

Owns the catalogue of order-entry errors; the server turns one into bytes. Must not know HTTP.
Source: recorded demo bodies; error code catalogue of the trading API.
"""

# The wording of these is not recorded; the rules are documented.
TOO_MANY_GROUPS = "too many order groups"
GROUP_TRIGGERED = "order group has been triggered"
GROUP_ELSEWHERE = "order group is on another exchange index"


class Rejection(Exception):  # noqa: N818 - the word of the field; it is an answer, not a defect
    """One refused request. Nothing of it happened."""

    def __init__(self, status: int, code: str, message: str, details: str | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self) -> dict[str, dict[str, str]]:
        """Return the nested error envelope; `details` is absent where there are none."""
        error = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"error": error}


def invalid_price() -> Rejection:
    """Off the tick grid, $0, $1 or outside."""
    return Rejection(400, "invalid_price", "invalid price")


def invalid_order(details: str) -> Rejection:
    """Terms that contradict each other or the book, such as a post-only order that crosses."""
    return Rejection(400, "invalid_order", "invalid order", details)


def insufficient_balance() -> Rejection:
    """The shard's available cash does not cover collateral and fees."""
    return Rejection(400, "insufficient_balance", "insufficient balance")


def market_inactive() -> Rejection:
    """The market is not active; after its close even a cancel gets this."""
    return Rejection(400, "market_inactive", "market inactive")


def not_found() -> Rejection:
    """No such market, or an order that is not live (canceled, executed and unknown look alike)."""
    return Rejection(404, "not_found", "not found")


def order_already_exists() -> Rejection:
    """The `client_order_id` was accepted before, whatever became of that order."""
    return Rejection(409, "order_already_exists", "order already exists")


def fill_or_kill_insufficient_resting_volume() -> Rejection:
    """A fill-or-kill order that cannot be filled at once; it leaves no order object."""
    return Rejection(
        409,
        "fill_or_kill_insufficient_resting_volume",
        "fill or kill insufficient resting volume",
    )


def trading_is_paused() -> Rejection:
    """No order may be placed or changed; cancels work."""
    return Rejection(409, "trading_is_paused", "trading is paused")


def exchange_is_paused() -> Rejection:
    """Nothing may be placed, changed or canceled."""
    return Rejection(409, "exchange_is_paused", "exchange is paused")


def invalid_parameters(details: str) -> Rejection:
    """Values that are well formed and make no sense; wording of the details not recorded."""
    return Rejection(400, "invalid_parameters", "invalid parameters", details)


def transfer_already_exists() -> Rejection:
    """The `client_transfer_id` was accepted before on this shard; the code is not recorded."""
    return Rejection(409, "transfer_already_exists", "transfer already exists")


def insufficient_scope() -> Rejection:
    """The key may only read; neither code nor wording is recorded."""
    return Rejection(403, "insufficient_permissions", "insufficient permissions")


def region_expired() -> Rejection:
    """The key's region attestation has run out; neither code nor wording is recorded."""
    return Rejection(
        403, "api_key_region_expired", "api key region expired", "confirm the region of the key"
    )
