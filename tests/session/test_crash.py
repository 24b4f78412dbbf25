"""What is kept of a crash, and what the user is told."""

import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kalshi_tui.session.crash import REPORTS_KEPT, CrashReports, catch_the_rest, described
from tests.session.manual import ManualClock

SECRET = "qZ8vT3" * 20


def raised(error: BaseException, secret: str = SECRET) -> BaseException:
    """Return an error that has been raised, from a frame that holds a secret."""
    held = f"{secret} in a variable"
    try:
        assert held
        raise error from KeyError(f"KALSHI-ACCESS-SIGNATURE: {secret}")
    except BaseException as caught:
        return caught


@pytest.fixture
def _hooks_as_before() -> Iterator[None]:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = before


def test_FI15_a_report_says_where_and_what_but_no_values() -> None:
    text = described(raised(RuntimeError(f"with {SECRET}")))
    assert "RuntimeError" in text
    assert "KeyError" in text
    assert "test_crash.py" in text
    assert SECRET not in text
    assert "in a variable" not in text.replace('{secret} in a variable"', "")


def test_FH12_the_sentence_names_the_report_and_says_that_orders_are_safe(tmp_path: Path) -> None:
    sentence = CrashReports(tmp_path, ManualClock()).write(raised(RuntimeError("it broke")))
    (report,) = tmp_path.iterdir()
    assert str(report) in sentence
    assert "RuntimeError" in sentence
    assert "orders stay" in sentence
    assert "\n" not in sentence
    assert "it broke" in report.read_text()
    if os.name == "posix":
        assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_without_a_place_for_reports_the_sentence_is_said_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sentence = CrashReports(tmp_path / "file" / "below", ManualClock()).write(RuntimeError("x"))
    assert "internal error (RuntimeError)" in sentence
    assert "Report" not in sentence


def test_FH15_the_oldest_reports_go(tmp_path: Path) -> None:
    clock = ManualClock()
    reports = CrashReports(tmp_path, clock)
    for _ in range(REPORTS_KEPT + 5):
        clock.advance(1_000_000_000)
        reports.write(RuntimeError("x"))
    assert len(list(tmp_path.iterdir())) == REPORTS_KEPT


@pytest.mark.usefixtures("_hooks_as_before")
def test_FI15_what_nobody_caught_is_reported_and_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []
    catch_the_rest(CrashReports(tmp_path, ManualClock()), said.append)
    error = raised(RuntimeError(SECRET))
    sys.excepthook(type(error), error, error.__traceback__)
    assert "internal error (RuntimeError)" in said[0]
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert said[1] == "Interrupted."

    def fails() -> None:
        raise ValueError(SECRET)

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    shown = capfd.readouterr()
    assert shown.out + shown.err == ""
    kept = "".join(file.read_text() for file in tmp_path.iterdir())
    assert "ValueError" in kept or "RuntimeError" in kept
    assert SECRET not in kept
