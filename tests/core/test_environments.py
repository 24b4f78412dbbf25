"""Which hosts belong together, and that nothing else can be put together."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_tui.core.environments import (
    DEMO,
    KALSHI,
    PROD,
    Environment,
    EnvironmentRefusedError,
    Mode,
    bind,
    choose,
    loopback_environment,
)

LOOPBACK = loopback_environment("http://127.0.0.1:1/trade-api/v2", "ws://127.0.0.1:2/trade-api/ws")


def test_production_starts_in_view_and_only_it_is_real_money() -> None:
    assert PROD.start_mode is Mode.VIEW
    assert [each.name for each in KALSHI.values() if each.real_money] == ["prod"]


def test_no_host_belongs_to_two_environments() -> None:
    hosts = [host for each in KALSHI.values() for host in (each.rest_host, each.socket_host)]
    assert len(hosts) == len(set(hosts)) == 4
    assert DEMO.rest_host == "external-api.demo.kalshi.co"


def test_no_page_and_no_variable_belongs_to_two_environments() -> None:
    for names in (
        [each.key_page for each in KALSHI.values()],
        [each.key_id_variable for each in KALSHI.values()],
        [each.key_file_variable for each in KALSHI.values()],
        [each.word for each in KALSHI.values()],
    ):
        assert len(set(names)) == len(KALSHI)
    assert DEMO.key_id_variable == "KALSHI_DEMO_KEY_ID"
    assert PROD.key_file_variable == "KALSHI_PROD_KEY_FILE"
    assert LOOPBACK.key_page == ""


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
        ("http://127.0.0.1@example.com/x", "ws://127.0.0.1:2/x", "--rest"),
        ("http://me@127.0.0.1/x", "ws://127.0.0.1:2/x", "--rest"),
        ("ftp://127.0.0.1/x", "ws://127.0.0.1:2/x", "--rest"),
        ("http://127.0.0.1:1/x", "http://127.0.0.1:2/x", "--ws"),
        ("", "", "--rest"),
    ],
)
def test_FK02_practice_rules_never_reach_another_host(rest: str, socket: str, flag: str) -> None:
    with pytest.raises(EnvironmentRefusedError, match=flag):
        loopback_environment(rest, socket)


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        (DEMO, {"socket_url": PROD.socket_url}),
        (DEMO, {"rest_url": PROD.rest_url}),
        (PROD, {"rest_url": DEMO.rest_url}),
        (PROD, {"socket_url": DEMO.socket_url}),
        (PROD, {"rest_url": "http://127.0.0.1:1/trade-api/v2"}),
        (PROD, {"socket_url": "ws://127.0.0.1:1/x"}),
        (DEMO, {"rest_url": DEMO.socket_url, "socket_url": DEMO.rest_url}),
        (LOOPBACK, {"rest_url": DEMO.rest_url, "socket_url": DEMO.socket_url}),
        (LOOPBACK, {"rest_url": PROD.rest_url}),
    ],
)
def test_FK02_a_split_between_two_exchanges_cannot_be_made(
    base: Environment, changes: dict[str, str]
) -> None:
    with pytest.raises(EnvironmentRefusedError, match="does not belong to"):
        replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "https://external-api.kalshi.com.example.com/trade-api/v2",
        "https://example.com/trade-api/v2",
        "https://external-api.kalshi.com:8443/trade-api/v2",
        "https://me@external-api.kalshi.com/trade-api/v2",
        "https://external-api.kalshi.com/trade-api/v2?to=example.com",
        "https://external-api.kalshi.com/trade-api/v2#x",
        "http://external-api.kalshi.com/trade-api/v2",
        "https://EXTERNAL-API.kalshi.com/trade-api/v2",
        "",
    ],
)
def test_unknown_hosts_and_plain_connections_are_refused(url: str) -> None:
    with pytest.raises(EnvironmentRefusedError, match="hosts of an environment are fixed"):
        replace(PROD, rest_url=url)


@given(host=st.from_regex(r"[a-z0-9.:-]{1,30}", fullmatch=True))
def test_no_other_host_passes_for_kalshi(host: str) -> None:
    if host in ("external-api.kalshi.com",) or host.split(":")[0] in ("127.0.0.1", "localhost"):
        return
    with pytest.raises(ValueError):  # noqa: PT011  (also addresses that are none)
        replace(PROD, rest_url=f"https://{host}/trade-api/v2")


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        (PROD, {"start_mode": Mode.CONFIRM}),
        (PROD, {"start_mode": Mode.ONE_KEY}),
        (PROD, {"real_money": False}),
        (DEMO, {"real_money": True}),
        (DEMO, {"name": "live"}),
        (LOOPBACK, {"name": "paper"}),
    ],
)
def test_words_that_would_mislead_cannot_be_put_on_an_exchange(
    base: Environment, changes: dict[str, object]
) -> None:
    with pytest.raises(EnvironmentRefusedError):
        replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "exchange", "key", "words"),
    [
        (DEMO, PROD, "demo", "This session is for DEMO and the exchange opened is PROD"),
        (PROD, DEMO, "prod", "This session is for PROD"),
        (DEMO, LOOPBACK, "demo", "PRACTICE"),
        (DEMO, DEMO, "prod", "The key belongs to PROD and not to DEMO"),
        (PROD, PROD, "demo", "keys add --env prod"),
        (LOOPBACK, LOOPBACK, "prod", "not to PRACTICE"),
    ],
)
def test_a_session_whose_parts_belong_to_two_exchanges_is_refused(
    wanted: Environment, exchange: Environment, key: str, words: str
) -> None:
    with pytest.raises(EnvironmentRefusedError, match=words) as caught:
        bind(wanted, exchange, key)
    assert "\n" not in str(caught.value)


def test_a_session_of_one_exchange_is_bound() -> None:
    for each in (*KALSHI.values(), LOOPBACK):
        bind(each, each, each.name)
    elsewhere = loopback_environment("http://127.0.0.1:9/x", "ws://127.0.0.1:8/x")
    bind(LOOPBACK, elsewhere, "practice")


def test_a_name_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert choose("prod", KALSHI) is PROD
    with pytest.raises(EnvironmentRefusedError, match="practice, demo, prod"):
        choose("paper", KALSHI)
