"""Three lines for somebody who starts the program for the first time."""

from textual.content import Content
from textual.widgets import Static

_LINES = (
    (("Welcome to PRACTICE", "bold"), ": play money, a real order book. Three keys to begin with:"),
    (
        ("  b", "bold"), " buys at the cursor (Enter sends)   ",
        ("/", "bold"), " finds a market   ",
        ("?", "bold"), " shows every key",
    ),
    ("  Kalshi itself later: ", (":env demo", "bold"), ". This goes with your first order."),
)  # fmt: skip


class Welcome(Static):
    """Stands above the log until the first order or the help. Fits 80 columns."""

    def __init__(self) -> None:
        lines = [Content.assemble(*line) for line in _LINES]
        super().__init__(Content("\n").join(lines), id="welcome", markup=False)
