"""The keys in force: the action table's own, and those that the user chose instead.

Owns what a chosen key may be and which keys collide. A choice that cannot be used is named with the
reason, and its action keeps the keys of the table; the other choices apply. KILL, sending, escaping
and typing numbers keep their keys: the words on the screen and the hands of a frightened user count
on them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from textual.keys import Keys

from kalshi_tui.ui.actions import ACTIONS, Action, Risk, Scope, key_text

FIXED = frozenset(
    {
        "app.kill", "order.send", "order.escape", "size.type", "size.erase", "ticket.type",
        "ticket.erase",
    }
)  # fmt: skip
"""Actions whose keys cannot be chosen, nor given to anything else."""

_BY_ID = {action.id: action for action in ACTIONS}
_NAMED = frozenset(key.value for key in Keys if not key.value.startswith("<"))
_MODIFIERS = ("ctrl", "shift", "alt")
_ALONE = frozenset(
    {
        "ctrl+c", "ctrl+z", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+h", "ctrl+@", "ctrl-at", "return",
        "shift+escape",
    }
)  # fmt: skip
"""What a terminal keeps to itself, or sends for another key."""

_TRADES = (Risk.OPEN, Risk.TAKE)

Choices = Iterable[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys of the actions whose keys were chosen; the others keep the table's."""

    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def keys(self, action: Action) -> tuple[str, ...]:
        """Return the keys of an action."""
        return dict(self.chosen).get(action.id, action.keys)

    def text(self, action: Action) -> str:
        """Return an action's keys as the help writes them."""
        keys = dict(self.chosen).get(action.id)
        if keys is None and action.shown:
            return action.shown
        return " ".join(key_text(key) for key in keys or action.keys)

    def first(self, id_: str) -> str:
        """Return the first key of the action called `id_` as the hints write it."""
        return key_text(self.keys(_BY_ID[id_])[0])

    def for_textual(self) -> dict[str, str]:
        """Return the choices as `App.set_keymap` takes them."""
        return {id_: ",".join(map(_spelled, keys)) for id_, keys in self.chosen}


def read(choices: Choices) -> tuple[Keymap, tuple[str, ...]]:
    """Return the keymap of what the user chose, and a sentence for each choice that was left out.

    Where two actions claim a key, every choice that takes part is left out: the program does not
    guess which was meant.
    """
    said: list[str] = []
    kept: dict[str, tuple[str, ...]] = {}
    for id_, keys in choices:
        refusal = _refusal(id_, keys)
        if refusal:
            said.append(f"keys: {id_}: {refusal}")
        else:
            kept[id_] = keys
    while kept and (clashes := [*_clashes(kept), *_slips(kept)]):
        for sentence, ids in clashes:
            said.append(f"keys: {sentence}: choose another key.")
            for id_ in ids:
                kept.pop(id_, None)
    return Keymap(tuple(kept.items())), tuple(dict.fromkeys(said))


def _refusal(id_: str, keys: tuple[str, ...]) -> str:
    action = _BY_ID.get(id_)
    if action is None:
        from difflib import get_close_matches

        near = get_close_matches(id_, _BY_ID, 1)
        hint = f"did you mean {near[0]}?" if near else "`kalshi-tui settings keys` lists them."
        return f"there is no such action; {hint}"
    if id_ in FIXED:
        return f"its keys cannot be changed ({key_text(action.keys[0])}); remove this line."
    if not action.keys:
        return f"it has no key to change: it is said on the command line ({action.shown})."
    if not keys:
        return "it needs at least one key."
    return next((why for key in keys if (why := _unfit(action, key))), "")


def _unfit(action: Action, key: str) -> str:
    """Return why `key` cannot be a key of `action`, or empty."""
    *held, last = key.split("+") if len(key) > 1 else [key]
    is_character = len(last) == 1 and last.isprintable() and not last.isspace()
    is_known = is_character or last in _NAMED
    if not is_known or any(each not in _MODIFIERS for each in held) or "," in key[1:]:
        return f'{key!r} is no key; write one such as "w", "W", "f6", "ctrl+w" or "pageup".'
    if key in _ALONE:
        return f"{key} is another key in a terminal; choose another one."
    is_plain = not held and len(last) == 1
    if action.priority and is_plain:
        return f"{key!r} is typed in text fields; choose a function key or a ctrl key."
    if action.risk in _TRADES and not is_plain:
        return f"{key!r} is no key to trade with; choose one character."
    return ""


def _clashes(kept: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what is wrong, and the actions of it, where a choice claims the key of another."""
    for one, other in _neighbours():
        if one.id in kept or other.id in kept:
            keys = {*kept.get(one.id, one.keys)} & {*kept.get(other.id, other.keys)}
            for key in sorted(keys):
                yield (
                    f"{key_text(key)} is claimed by {one.id} and by {other.id}",
                    (
                        one.id,
                        other.id,
                    ),
                )


def _slips(kept: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the choices that let a slipped Shift turn a key that opens no risk into an order."""
    for trades in (each for each in ACTIONS if each.risk in _TRADES):
        for other in (each for each in ACTIONS if each.risk not in _TRADES):
            if other.scope is not trades.scope or not (trades.id in kept or other.id in kept):
                continue
            lower = {*kept.get(other.id, other.keys)}
            for key in kept.get(trades.id, trades.keys):
                if len(key) == 1 and key.isupper() and key.lower() in lower:
                    yield (
                        f"a slipped Shift turns {key.lower()} of {other.id} into {key} of"
                        + (f" {trades.id}"),
                        (trades.id, other.id),
                    )


def _neighbours() -> Iterator[tuple[Action, Action]]:
    """Yield the pairs whose keys have to differ: of one scope, and of everywhere with any."""
    for at, one in enumerate(ACTIONS):
        for other in ACTIONS[at + 1 :]:
            is_everywhere = Scope.APP in (one.scope, other.scope)
            if one.scope is other.scope or is_everywhere or {one.id, other.id} & FIXED:
                yield one, other


def _spelled(key: str) -> str:
    """Return a key as Textual names it: one that is a comma would end the list."""
    return "comma" if key == "," else key
