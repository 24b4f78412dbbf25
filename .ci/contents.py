"""Looks into the built wheel and sdist: everything that is needed, nothing that is not.

Usage: contents.py WHEEL SDIST. Ends with a sentence and exit code 1 at the first surprise.
"""

import sys
import tarfile
import zipfile
from pathlib import Path

NEEDED = (
    "kalshi_tui/py.typed",
    "kalshi_tui/ui/kalshi.tcss",
    "kalshi_tui/cli.py",
    "kalshi_tui/practice/server.py",
)
THEMES = ("dark.toml", "light.toml")
STRANGE = (".pem", ".sqlite", ".db", ".env", ".pyc", ".log")


def expect(condition: bool, sentence: str) -> None:
    if not condition:
        sys.exit(f"contents: {sentence}")


def look(name: str, files: set[str], themes: str, others: tuple[str, ...]) -> None:
    for needed in (*NEEDED, *(f"{themes}/{theme}" for theme in THEMES), *others):
        expect(needed in files, f"{name} lacks {needed}")
    strange = sorted(file for file in files if file.endswith(STRANGE))
    expect(not strange, f"{name} holds {strange[:3]}")
    modules = {path.as_posix() for path in Path("kalshi_tui").rglob("*.py")}
    expect(modules <= files, f"{name} lacks {sorted(modules - files)[:3]}")
    print(f"contents: {name} holds {len(files)} files")


with zipfile.ZipFile(sys.argv[1]) as wheel:
    inside = set(wheel.namelist())
tops = {file.partition("/")[0] for file in inside}
expect(
    {top for top in tops if not top.endswith(".dist-info")} == {"kalshi_tui"},
    f"the wheel installs {sorted(tops)}",
)
look("the wheel", inside, "kalshi_tui/themes", ())
with tarfile.open(sys.argv[2]) as sdist:
    inside = {name.partition("/")[2] for name in sdist.getnames()}
look("the sdist", inside, "themes", ("README.md", "CHANGELOG.md", "LICENSE", "tests/test_cli.py"))
