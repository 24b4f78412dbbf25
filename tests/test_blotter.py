"""`kalshi-tui orders`: the ledger on the command line, and its JSON that others script against."""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kalshi_tui.cli import cli
from kalshi_tui.core.effects import (
    FillEntry,
    Intent,
    JournalEntry,
    OrderEntry,
    RequestEntry,
    StateEntry,
)
from kalshi_tui.core.orders import OrderState, OrderTerms, RequestKind, RequestState
from kalshi_tui.core.sides import BookSide
from kalshi_tui.core.units import Count, Price
from kalshi_tui.session.journal import Journal, ledger_path
from tests.session.test_journal import FILL, REPORT

SECOND = 10**9
TERMS = OrderTerms("KX-A", BookSide.BID, Price(5600), Count(155), post_only=True)
ASK = OrderTerms("KX-B", BookSide.ASK, Price(9_00), Count(200))


def run(*arguments: str, home: Path) -> Result:
    environ = {"KALSHI_TUI_HOME": str(home), "TERM": "xterm-256color"}
    return CliRunner().invoke(cli, ["orders", *arguments], env=environ)


def found(*arguments: str, home: Path) -> Any:
    shown = run(*arguments, "--json", home=home)
    assert shown.exit_code == 0, shown.stderr
    return json.loads(shown.stdout)


def history() -> list[JournalEntry]:
    return [
        Intent("c1", TERMS, 1 * SECOND),
        StateEntry("c1", OrderState.SENDING, 2 * SECOND),
        OrderEntry("c1", REPORT),
        StateEntry("c1", OrderState.RESTING, 3 * SECOND, "o1"),
        FillEntry("c1", FILL),
        RequestEntry("r1", "c1", RequestKind.AMEND, RequestState.PENDING, 4 * SECOND, Price(5500)),
        Intent("c2", ASK, 5 * SECOND),
        StateEntry("c2", OrderState.IN_DOUBT, 6 * SECOND, "", "The answer was lost."),
        Intent("external:o9", ASK, 7 * SECOND, external=True),
        StateEntry("external:o9", OrderState.CANCELED, 8 * SECOND, "o9"),
    ]


def write(home: Path, *entries: JournalEntry, account: str = "a1") -> Path:
    path = ledger_path(home / "state" / "practice", account)
    with closing(Journal(path, environment="practice", account=account, wall_ns=1)) as journal:
        journal.record(entries)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path, *history())
    return tmp_path


def ids(listed: Any) -> list[str]:
    return [each["client_order_id"] for page in listed["ledgers"] for each in page["orders"]]


def test_the_list_is_newest_first_and_its_fields_are_stable(home: Path) -> None:
    listed = found("list", home=home)
    assert (listed["environment"], ids(listed)) == ("practice", ["external:o9", "c2", "c1"])
    (page,) = listed["ledgers"]
    assert (page["account"], page["held_by"], page["more"]) == ("a1", None, False)
    assert page["orders"][2] == {
        "client_order_id": "c1",
        "order_id": "o1",
        "ticker": "KX-A",
        "side": "bid",
        "price_dollars": "0.5600",
        "count_fp": "1.55",
        "filled_fp": "0.55",
        "state": "resting",
        "external": False,
        "created_ns": SECOND,
        "detail": "",
    }
    assert page["orders"][0]["external"] is True


def test_the_list_is_paged_and_filtered(home: Path) -> None:
    first = found("list", "--limit", "2", home=home)
    assert ids(first) == ["external:o9", "c2"]
    assert first["ledgers"][0]["more"] is True
    assert ids(found("list", "--before", "c2", home=home)) == ["c1"]
    assert ids(found("list", "--live", home=home)) == ["c2", "c1"]
    assert ids(found("list", "--market", "KX-B", home=home)) == ["external:o9", "c2"]


def test_each_account_has_its_ledger(home: Path) -> None:
    write(home, Intent("d1", TERMS, 9), account="b2")
    listed = found("list", home=home)
    assert [page["account"] for page in listed["ledgers"]] == ["a1", "b2"]
    assert ids(found("list", "--before", "d1", home=home)) == []
    assert found("show", "d1", home=home)["account"] == "b2"


def test_one_order_is_shown_with_all_that_happened_to_it(home: Path) -> None:
    story = found("show", "c1", home=home)
    assert [each["kind"] for each in story["history"]] == [
        "intent",
        "state",
        "report",
        "state",
        "fill",
        "amend",
    ]
    assert story["payload"]["price_dollars"] == "0.5600"
    assert story["payload"]["post_only"] is True
    assert len(story["payload_sha256"]) == 64
    assert story["history"][4]["trade_id"] == "t1"
    assert story["history"][4]["fee_dollars"] == "0.017500"
    assert story["history"][5]["price_dollars"] == "0.5500"


@pytest.mark.parametrize("name", ["c2", "o9", "external:"])
def test_an_order_is_named_by_either_id_or_how_it_begins(home: Path, name: str) -> None:
    assert run("show", name, home=home).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nothing"], "There is no order 'nothing'"),
        (["show", "c"], "Several orders begin with 'c'"),
        (["list", "--before", "nothing"], "There is no order"),
    ],
)
def test_an_order_that_is_not_there_is_one_sentence(
    home: Path, arguments: list[str], words: str
) -> None:
    shown = run(*arguments, home=home)
    assert shown.exit_code == 1
    assert words in shown.stderr
    assert "\n" not in shown.stderr.strip()


def test_text_shows_the_same_in_the_users_words(home: Path) -> None:
    lines = run("list", home=home).stdout.splitlines()
    assert len(lines) == 3
    assert "SELL 2 @9" in lines[1]
    assert "in doubt" in lines[1]
    assert "The answer was lost." in lines[1]
    assert "older ones: --before external:o9" in run("list", "--limit", "1", home=home).stdout
    story = run("show", "c1", home=home).stdout
    assert "payload sha256" in story
    assert "fill      trade_id t1" in story


def test_without_orders_it_says_so(tmp_path: Path) -> None:
    shown = run("list", "--env", "prod", home=tmp_path)
    assert (shown.exit_code, shown.stdout) == (0, "No order of PROD is recorded here.\n")
    assert run("show", "c1", home=tmp_path).exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_FH06_a_damaged_ledger_is_one_sentence_with_the_cure(home: Path) -> None:
    path = ledger_path(home / "state" / "practice", "a1")
    path.write_bytes(b"not a database at all" * 100)
    shown = run("list", home=home)
    assert shown.exit_code == 1
    assert "damaged; move it aside" in shown.stderr


def test_FH04_while_a_workstation_writes_it_is_readable_and_says_who_writes(home: Path) -> None:
    path = ledger_path(home / "state" / "practice", "a1")
    with closing(Journal(path, environment="practice", account="a1", wall_ns=1)) as journal:
        journal.record([Intent("c3", TERMS, 9 * SECOND)])
        listed = found("list", home=home)
        assert ids(listed)[0] == "c3"
        assert listed["ledgers"][0]["held_by"]["pid"] == os.getpid()
        refused = run("reconcile", home=home)
    assert refused.exit_code == 1
    assert f"process {os.getpid()} on " in refused.stderr
    assert found("list", home=home)["ledgers"][0]["held_by"] is None


@pytest.mark.parametrize("environment", ["demo", "prod"])
def test_reconciling_with_kalshi_needs_a_key(home: Path, environment: str) -> None:
    shown = run("reconcile", "--env", environment, home=home)
    assert shown.exit_code == 1
    assert environment.upper() in shown.stderr
    assert "\n" not in shown.stderr.strip()


def test_wrong_usage_exits_with_two(home: Path) -> None:
    assert run("list", "--limit", "0", home=home).exit_code == 2
    assert run("show", home=home).exit_code == 2
    assert run("reconcile", "--within", "0", home=home).exit_code == 2


def test_reconciling_on_a_practice_exchange_that_knows_no_order_ends_with_nothing_to_do(
    tmp_path: Path,
) -> None:
    outcome = found("reconcile", "--within", "20", home=tmp_path)
    assert outcome["complete"] is True
    assert (outcome["changed"], outcome["in_doubt"], outcome["differences"]) == ([], [], [])
