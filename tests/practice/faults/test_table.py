"""Each fault of the table has a test that is named after it."""

import ast
from pathlib import Path

from kalshi_tui.practice.perils import FAULTS


def test_each_fault_has_a_test_named_after_it() -> None:
    names = [
        node.name
        for path in sorted(Path(__file__).parent.glob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
    ]
    untested = [
        fault for fault in FAULTS if not any(each.startswith(f"test_{fault}_") for each in names)
    ]
    assert untested == []
