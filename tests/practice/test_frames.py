"""The envelopes of the WebSocket frames."""

import msgspec

from kalshi_tui.practice import frames


def test_an_envelope_leaves_out_what_it_does_not_have() -> None:
    plain = frames.Frame(type="ok", sending_ts_ms=5)
    assert frames.encode(plain) == b'{"type":"ok","sending_ts_ms":5}'
    full = frames.Frame(
        type="trade", id=1, sid=2, seq=3, msg=msgspec.Raw(b'{"a":1}'), sending_ts_ms=5
    )
    assert frames.encode(full) == (
        b'{"type":"trade","id":1,"sid":2,"seq":3,"msg":{"a":1},"sending_ts_ms":5}'
    )


def test_retired_error_codes_are_not_in_the_table() -> None:
    assert {6, 16, 17}.isdisjoint(frames.ERRORS)
    assert frames.ERRORS[14] == "Market Ticker required"


def test_a_command_may_lack_everything() -> None:
    command = msgspec.json.decode(b"{}", type=frames.Command)
    assert (command.id, command.cmd, bytes(command.params)) == (None, None, b"null")
    tolerant = msgspec.json.decode(b'{"id":1,"cmd":"x","params":{},"new":1}', type=frames.Command)
    assert tolerant.cmd == "x"
