"""The switches of an exchange: their defaults, and what they refuse."""

import pytest

from kalshi_tui.practice.policy import Policy, PolicyError


def test_nothing_is_limited_or_late_unless_it_is_asked_for() -> None:
    assert Policy().shown() == {
        "tier": "unlimited",
        "rate_limit_body": "string",
        "read_lag_ms": (0, 0),
    }


def test_a_change_sets_what_it_names_and_leaves_the_rest() -> None:
    policy = Policy()
    policy.change({"tier": "premier", "read_lag_ms": [300, 1_000], "trading_active": False})
    assert (policy.tier, policy.read_lag_ms) == ("premier", (300, 1_000))
    policy.change({"rate_limit_body": "object", "tier": None})
    assert (policy.tier, policy.rate_limit_body) == ("premier", "object")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"tier": "gold"}, "tier must be one of basic"),
        ({"tier": 3}, "tier must be one of"),
        ({"rate_limit_body": "html"}, "rate_limit_body must be one of string, object"),
        ({"read_lag_ms": 300}, "read_lag_ms must be two whole numbers"),
        ({"read_lag_ms": [5, 1]}, "read_lag_ms must be two whole numbers"),
        ({"read_lag_ms": [0, 60_001]}, "up to 60000"),
        ({"read_lag_ms": [0, True]}, "read_lag_ms"),
        ({"tier": "basic", "rate_limit_body": "html"}, "rate_limit_body"),
    ],
)
def test_a_switch_that_makes_no_sense_changes_nothing(wanted: dict[str, object], said: str) -> None:
    policy = Policy()
    with pytest.raises(PolicyError, match=said):
        policy.change(wanted)
    assert policy == Policy()
