"""The prompt before the keyboard is armed: where real money trades, its name has to be typed."""

from collections.abc import Callable

from kalshi_tui.core.arming import IDLE_NS
from kalshi_tui.core.environments import Environment, Mode
from kalshi_tui.core.risk import Limits
from kalshi_tui.core.units import Count, count_text, money_text
from kalshi_tui.ui.messages import toolkit_ns
from kalshi_tui.ui.screens.word import WordPrompt


class ArmPrompt(WordPrompt):
    """Dismisses with the word when the user agreed, else with None. One level at a time."""

    def __init__(
        self,
        environment: Environment,
        wanted: Mode,
        limits: Limits,
        size: Count,
        seen_as: Mode,
        *,
        clock: Callable[[], int] = toolkit_ns,
    ) -> None:
        word = environment.word if environment.real_money else ""
        how = f"Type {word} and press Enter" if word else "Enter arms"
        what = "Orders will trade real money." if word else "No real money."
        if wanted is Mode.ONE_KEY:
            lines = _one_key(what, limits, size)
        else:
            lines = (f"{what} Every order still waits for Enter on the strip.",)
        super().__init__(
            f"Arm the keyboard: {environment.word} to {wanted.value}",
            lines,
            word=word,
            hint=f"{how}, Esc leaves it in {seen_as.value}.",
            clock=clock,
        )


def _one_key(what: str, limits: Limits, size: Count) -> tuple[str, ...]:
    """Say what one key will do: the size, the caps that hold, and how long it lasts."""
    caps = limits.in_mode(Mode.ONE_KEY)
    minutes = IDLE_NS // 60_000_000_000
    return (
        f"{what} b s B S L H send {count_text(size)} contracts at once, without the strip.",
        f"At most {count_text(caps.order_count)} contracts and {money_text(caps.order_cost)}"
        f" an order, {limits.orders_per_second} a second.",
        f"It falls back to CONFIRM after {minutes} minutes without a command, on another market,"
        " a book that is not LIVE, a lost connection or a refused order.",
    )
