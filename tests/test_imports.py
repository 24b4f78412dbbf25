"""What a fresh interpreter loads: contracts that a static graph cannot see."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

_PROBE = """
import importlib, json, sys
before = set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({each.partition(".")[0] for each in set(sys.modules) - before})))
"""


def loaded(*modules: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *modules],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return set(json.loads(done.stdout))


def modules_of(package: str) -> list[str]:
    folder = ROOT / "kalshi_tui" / package
    return sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in folder.rglob("*.py")
        if path.name != "__init__.py"
    )


WIRE = {"httpx", "websockets", "msgspec", "cryptography", "starlette", "uvicorn"}
SCREEN = {"textual", "rich"}
IMPURE = {"asyncio", "threading", "socket", "random", "sqlite3", "subprocess", "logging", "uuid"}


def test_core_loads_nothing_but_the_standard_library_and_no_io() -> None:
    found = loaded(*modules_of("core"))
    assert not found & (WIRE | SCREEN | IMPURE)
    assert found - {"kalshi_tui"} <= sys.stdlib_module_names


@pytest.mark.parametrize("package", ["api", "practice", "session"])
def test_only_the_screen_draws(package: str) -> None:
    # httpx loads rich for its own command where it is installed; that draws nothing of ours.
    assert not loaded(*modules_of(package)) & (SCREEN - {"rich"})


def test_the_command_line_starts_without_wire_or_screen() -> None:
    assert not loaded("kalshi_tui.cli") & (WIRE | SCREEN | {"keyring"})


def test_client_and_exchange_share_only_the_core() -> None:
    for package, other in (("api", "practice"), ("practice", "api")):
        for name in modules_of(package):
            path = ROOT / Path(*name.split(".")).with_suffix(".py")
            assert f"kalshi_tui.{other}" not in path.read_text(encoding="utf-8"), name


def test_only_the_two_clock_modules_read_time() -> None:
    readers = set()
    for path in (ROOT / "kalshi_tui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_import = isinstance(node, ast.Import) and any(
                alias.name == "time" for alias in node.names
            )
            if is_import or (isinstance(node, ast.ImportFrom) and node.module == "time"):
                readers.add(path.relative_to(ROOT / "kalshi_tui").as_posix())
    assert readers == {"practice/clock.py", "session/clock.py"}
