"""Letting go of a terminal that is gone."""

import os
import pty

from kalshi_tui.ui.terminal import is_gone, let_go


def test_FH11_a_hung_up_terminal_is_noticed_and_replaced_by_nothing() -> None:
    master, slave = pty.openpty()
    try:
        assert not is_gone(slave)
        assert not let_go((slave,))
        os.close(master)
        assert is_gone(slave)
        assert let_go((slave,))
        os.write(slave, b"nobody reads this")
        assert os.read(slave, 1) == b""
    finally:
        os.close(slave)


def test_a_pipe_is_no_terminal_that_went_away() -> None:
    reader, writer = os.pipe()
    try:
        assert not let_go((reader, writer))
    finally:
        os.close(reader)
        os.close(writer)
