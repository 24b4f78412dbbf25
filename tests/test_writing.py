"""FK20: one road leads to order writing, through the gate and the journal. Read off the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "kalshi_tui"
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
    if "practice" not in path.parts
}
"""Everything but the practice exchange, which is the other side of the wire."""

Place = tuple[str, str]
"""(module, function) in which something happens."""


def functions(tree: ast.AST, name: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Yield (innermost function, node) for every node."""
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else name
        yield inner, node
        yield from functions(node, inner)


def called(node: ast.AST) -> tuple[str, str]:
    """Return (what it is called on, name) of a call; empty strings for anything else."""
    if not isinstance(node, ast.Call):
        return "", ""
    if isinstance(node.func, ast.Attribute):
        return ast.unparse(node.func.value), node.func.attr
    return "", node.func.id if isinstance(node.func, ast.Name) else ""


CALLS = [
    (module, function, *called(node))
    for module, tree in SOURCES.items()
    for function, node in functions(tree)
    if isinstance(node, ast.Call)
]


def calls(*names: str, on: str = "") -> set[Place]:
    """Return where any of these is called, or only those called on one object."""
    return {
        (module, function)
        for module, function, owner, name in CALLS
        if name in names and owner.endswith(on)
    }


def imported(module: str) -> set[str]:
    """Return the modules that a module imports from."""
    return {
        node.module or "" for node in ast.walk(SOURCES[module]) if isinstance(node, ast.ImportFrom)
    }


def modules(places: set[Place]) -> set[str]:
    return {module for module, _ in places}


def test_FK20_only_the_transport_opens_connections_and_only_writes_uses_its_writing_side() -> None:
    # `reach` asks whether an exchange is there; it has no key to sign with.
    assert modules(calls("AsyncClient", "Client")) == {"api/transport.py", "api/reach.py"}
    assert {
        name for module, _, owner, name in CALLS if (module, owner) == ("api/reach.py", "client")
    } == {"get"}
    assert "kalshi_tui.api.auth" not in imported("api/reach.py")
    assert modules(calls("write", on="_http")) == {"api/writes.py"}
    named = {
        module
        for module, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith("/portfolio/events/orders")
    }
    # The doctor names the path to look its price up in a table, and for nothing else.
    assert named == {"api/writes.py", "session/survey.py"}
    looks = [
        each
        for each in ast.walk(SOURCES["session/survey.py"])
        if called(each)[1] == "cost" and "_ORDERS" in ast.unparse(each)
    ]
    uses = ast.unparse(SOURCES["session/survey.py"]).count("_ORDERS")
    assert uses == len(looks) + 1, "once where it is named"


def test_FK20_only_the_sender_calls_the_order_wire() -> None:
    wire = calls("prepare", "prepare_batch", "send_batch", "amend", "decrease", on="_wire")
    assert modules(wire) == {"session/sender.py"}
    anywhere = calls("prepare", "prepare_batch", "send_batch")
    assert modules(anywhere) == {"session/sender.py"}
    # What the screen asks of the desk bears the same names; it only makes commands.
    assert modules(calls("amend", "decrease", on="_sender")) <= {"session/dispatch.py"}


def test_FK20_the_sender_is_the_dispatchers_and_the_dispatcher_takes_the_engines_effects() -> None:
    assert modules(calls("Sender")) == {"session/dispatch.py"}
    assert modules(calls("Dispatcher")) == {"session/trading.py"}
    assert calls("sign", on="_sender") == {("session/dispatch.py", "_send")}
    assert calls("send", on="_sender") == {("session/dispatch.py", "_send")}
    assert modules(calls("run", on="_dispatcher")) <= {"session/trading.py"}


@pytest.mark.parametrize(
    ("effect", "makers"),
    [
        ("Submit", {"core/entry.py"}),
        ("SubmitBatch", {"core/entry.py"}),
        ("SendAmend", {"core/amending.py"}),
    ],
)
def test_FK20_an_order_writing_effect_is_made_in_one_module(effect: str, makers: set[str]) -> None:
    assert modules(calls(effect, on="fx")) == makers
    assert modules(calls(effect)) == makers


def test_FK20_whoever_makes_an_order_has_put_it_to_the_gate() -> None:
    makers = calls("Submit", on="fx")
    asked = calls("_denial", on="self")
    assert makers <= asked, "an order is made where the gate is not asked"
    assert ("core/entry.py", "_denial") in calls("admit", on="state")
    assert ("core/amending.py", "_gate") in calls("admit", on="state")
    assert calls("_gate", on="self") == {("core/amending.py", "_amend")}
    # A change is asked for behind the gate, as a decrease, or as the renewal of an expiry.
    changes = {("core/amending.py", "_amend"), ("core/amending.py", "_decrease")}
    assert calls("ask", on="self") == changes
    assert modules(calls("ask", on="_amending")) == {"core/guardian.py"}


def test_FK20_the_gate_is_asked_through_one_door() -> None:
    assert calls("check", on="risk") <= {
        ("core/state.py", "admit"),
        # These only show: previews of a ticket, a change and an exit, whether a resend has to be
        # confirmed by a word, and whether anything could be sent at all.
        ("core/ticket.py", "preview"),
        ("core/revision.py", "_refusal"),
        ("core/exits.py", "_refusal"),
        ("ui/screens/account.py", "_resend"),
        ("ui/store.py", "refusal"),
        ("ui/trader.py", "refusal"),
    }
    assert ("core/state.py", "admit") in calls("check", on="risk")
    assert calls("recheck", on="risk") == {("core/state.py", "recheck")}


def test_TO05_FK20_the_sender_asks_the_gate_before_it_signs_and_when_it_is_recorded() -> None:
    assert calls("_signed", on="self") == {("session/sender.py", "sign")}
    assert ("session/sender.py", "sign") in calls("_recheck")
    assert calls("_objection", on="self") == {("session/sender.py", "send")}
    own = {each for each in CALLS if each[0] == "session/sender.py"}
    starters = {function for _, function, _, name in own if name in ("_send", "_send_batch")}
    assert starters == {"send"}
    trading = ast.unparse(SOURCES["session/trading.py"])
    assert "recheck=lambda coid: self._engine.recheck(" in trading
