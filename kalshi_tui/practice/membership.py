"""What an account may do, over REST: limits, prices of calls, and its API keys.

Owns how these reads look; the buckets are `limits`'. Changes nothing.
Source: openapi.yaml, tags account and api-keys; recorded `/account/limits`.
"""

from starlette.requests import Request
from starlette.responses import Response

from kalshi_tui.practice.limits import COSTS, DEFAULT_COST, TIERS, UNLIMITED
from kalshi_tui.practice.marketdata import answer
from kalshi_tui.practice.parameters import Query
from kalshi_tui.practice.venue import Venue

_UNENFORCED = "prestige"
"""The tier that is told where none is enforced, for the answer has no word for that: the highest. A
client that keeps to what it is told would be held back by any other, and by nobody but itself."""

_UNGRANTED = frozenset({UNLIMITED, "basic"})
"""What nobody had to be granted."""

_ROOT = "/trade-api/v2"
_SECOND_NS = 1_000_000_000
_LAPSED_S = 60
"""How long ago the proof of location lapsed under the fault `expire_key`."""


class Membership:
    """The reads about accounts of one venue. `key_id` names the account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def limits(self, request: Request, key_id: str) -> Response:
        """GET /account/limits."""
        name = self._venue.policy.tier
        if name == UNLIMITED:
            name = _UNENFORCED
        tier = TIERS[name]
        return answer(
            {
                "usage_tier": name,
                "read": {"refill_rate": tier.read_rate, "bucket_capacity": tier.read_capacity},
                "write": {"refill_rate": tier.write_rate, "bucket_capacity": tier.write_capacity},
                "grants": _grants(self._venue.policy.tier),
            }
        )

    async def endpoint_costs(self, request: Request) -> Response:
        """GET /account/endpoint_costs: the calls that do not cost the default."""
        costs = [
            {"method": method, "path": _ROOT + _template(path), "cost": cost}
            for (method, path), cost in COSTS.items()
        ]
        return answer({"default_cost": DEFAULT_COST, "endpoint_costs": costs})

    async def api_keys(self, request: Request, key_id: str) -> Response:
        """GET /api_keys: the key that signed; it may do everything, anywhere, without a fault."""
        Query("GetApiKeys", request.query_params).text("fcm_subtrader_id")
        number = self._venue.keys.key_ids.index(key_id) + 1
        key = {
            "api_key_id": key_id,
            "name": f"Practice {number}",
            "scopes": ["read"] if self._venue.is_key("scope", key_id) else ["read", "write"],
            "subaccount": None,
            "fcm_subtrader_id": None,
        }
        has_lapsed = self._venue.is_key("expire_key", key_id)
        until_s = self._venue.wall_ns() // _SECOND_NS - _LAPSED_S if has_lapsed else None
        return answer({"api_keys": [key], "api_key_region_expiration_ts": until_s})


def _grants(tier: str) -> list[dict[str, str]]:
    if tier in _UNGRANTED:
        return []
    return [{"exchange_instance": "event_contract", "level": tier, "source": "manual"}]


def _template(path: str) -> str:
    """Return a path as the cost table writes it: `:order_id` for `{order_id}`."""
    return path.replace("{", ":").replace("}", "")
