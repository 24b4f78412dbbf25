"""Which hosts belong together."""

from dataclasses import replace

import pytest

from kalshi_tui.core.environments import (
    DEMO,
    KALSHI,
    PROD,
    Environment,
    EnvironmentRefusedError,
    Mode,
    loopback_environment,
    unbound,
)


def test_production_starts_in_view_and_only_it_is_real_money() -> None:
    assert PROD.start_mode is Mode.VIEW
    assert [each.name for each in KALSHI.values() if each.real_money] == ["prod"]


def test_no_host_belongs_to_two_environments() -> None:
    hosts = [host for each in KALSHI.values() for host in (each.rest_host, each.socket_host)]
    assert len(hosts) == len(set(hosts)) == 4
    assert DEMO.rest_host == "external-api.demo.kalshi.co"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_loopback_exchange_gets_practice_rules(host: str) -> None:
    found = loopback_environment(f"http://{host}:1/trade-api/v2/", f"ws://{host}:2/trade-api/ws/v2")
    assert (found.name, found.word, found.start_mode) == ("practice", "PRACTICE", Mode.CONFIRM)
    assert found.rest_url.endswith("/trade-api/v2")
    assert not found.real_money


@pytest.mark.parametrize(
    ("rest", "socket", "flag"),
    [
        ("https://external-api.kalshi.com/trade-api/v2", "ws://127.0.0.1:2/x", "--rest"),
        ("http://127.0.0.1:1/x", "wss://external-api-ws.kalshi.com/trade-api/ws/v2", "--ws"),
        ("http://127.0.0.1.example.com/x", "ws://127.0.0.1:2/x", "--rest"),
        ("http://192.168.1.5:80/x", "ws://127.0.0.1:2/x", "--rest"),
        ("ftp://127.0.0.1/x", "ws://127.0.0.1:2/x", "--rest"),
        ("http://127.0.0.1:1/x", "http://127.0.0.1:2/x", "--ws"),
        ("", "", "--rest"),
    ],
)
def test_FK02_practice_rules_never_reach_another_host(rest: str, socket: str, flag: str) -> None:
    with pytest.raises(EnvironmentRefusedError, match=flag):
        loopback_environment(rest, socket)


@pytest.mark.parametrize("wanted", [DEMO, PROD])
def test_FK01_each_part_of_another_environment_alone_is_refused(wanted: Environment) -> None:
    other = DEMO if wanted is PROD else PROD
    assert unbound(wanted, wanted, wanted.name) == ""
    switched = {
        "environment": replace(wanted, name=other.name),
        "word": replace(wanted, word=other.word),
        "orders": replace(wanted, rest_url=other.rest_url),
        "feed": replace(wanted, socket_url=other.socket_url),
        "money": replace(wanted, real_money=other.real_money),
    }
    for what, opened in switched.items():
        why = unbound(wanted, opened, wanted.name)
        assert what in why
        assert "nothing is sent" in why
    assert f"The key is {other.name}" in unbound(wanted, wanted, other.name)
