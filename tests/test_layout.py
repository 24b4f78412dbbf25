"""The shape of the package: small rooms, and a docstring on each door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kalshi_tui"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
MOST_LINES = 400
MOST_FUNCTION_LINES = 40
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "misc"}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_small_and_says_what_it_owns(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module says what it owns"
    assert len(text.splitlines()) <= MOST_LINES
    assert path.stem not in FORBIDDEN_NAMES
    for function in functions(tree):
        docstring = (ast.get_docstring(function, clean=False) or "").splitlines()
        assert function.end_lineno is not None
        lines = function.end_lineno - function.lineno + 1 - len(docstring)
        assert lines <= MOST_FUNCTION_LINES, f"{function.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_public_things_have_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = (
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
    )
    assert [node.name for node in public if not ast.get_docstring(node)] == []


HABITS = {"latent", "makers", "pit", "stock", "takers"}
"""Modules of the practice crowd: probabilities and habits, which become ticks and contracts."""


def test_FG01_no_float_in_money() -> None:
    for part in ("core", "api", "practice"):
        for path in (PACKAGE / part).rglob("*.py"):
            if path.stem in HABITS:
                continue
            calls = [
                node.lineno
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "float"
            ]
            assert calls == [], f"{named(path)} makes a float"
