"""A terminal as strict as can be: text, colours and cursor moves; anything else is a finding.

Widths are wcwidth's, not Rich's: where the two differ, columns slip here as they would on a screen.
"""

import re
import unicodedata
from collections.abc import Iterator

from wcwidth import wcwidth

_PIECE = re.compile(
    r"\x1b_frame (?P<mark>\d+)\x1b\\"
    r"|\x1b\[(?P<row>\d+);(?P<column>\d+)H"
    r"|\x1b\[[0-9;]*m"
    r"|\x1b\[\?2026[hl]"
    # The shape of the mouse pointer, which the screen chooses and no text can.
    r"|\x1b\]22;[a-z-]+\x07"
    r"|(?P<line>\r?\n)"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<stray>.)",
    re.DOTALL,
)
_BAD = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Emulator:
    """Feed it what came out of a pseudo-terminal; it yields the number of each frame mark."""

    def __init__(self, columns: int, lines: int) -> None:
        self.cells = [[" "] * columns for _ in range(lines)]
        self.strays: list[str] = []
        """What is neither text nor a colour nor a move of the cursor."""
        self._x = self._y = 0
        self._columns = columns

    def feed(self, text: str) -> Iterator[int]:
        """Take whole output; stop at each mark."""
        for piece in _PIECE.finditer(text):
            if piece["mark"]:
                yield int(piece["mark"])
            elif piece["row"]:
                self._y, self._x = int(piece["row"]) - 1, int(piece["column"]) - 1
            elif piece["line"]:
                self._x, self._y = 0, self._y + 1
            elif piece["stray"]:
                start = piece.start()
                self.strays.append(text[start : start + 24])
            elif piece["text"]:
                self._draw(piece["text"])

    def _draw(self, text: str) -> None:
        for char in text:
            if unicodedata.category(char) in _BAD:
                self.strays.append(char)
                continue
            width = wcwidth(char)
            row = self.cells[self._y] if self._y < len(self.cells) else []
            if width == 0:
                place = self._x - 1
                while place > 0 and row[place] == "":
                    place -= 1
                row[place] += char
            elif self._x + width <= self._columns:
                row[self._x : self._x + width] = [char, ""][:width]
            self._x += width


def cells_of(line: str, columns: int) -> list[str]:
    """Return the cells that a line means to take, by the widths that painted it."""
    from rich.cells import cell_len

    cells: list[str] = []
    for char in line:
        width = cell_len(char)
        if width == 0 and cells:
            place = len(cells) - 1
            while place > 0 and cells[place] == "":
                place -= 1
            cells[place] += char
        else:
            cells += [char, ""][:width]
    return (cells + [" "] * columns)[:columns]
