"""Messages to the app: from the session's thread, and from the screens about the exchange."""

from textual.message import Message


class Wake(Message, bubble=False):
    """Something waits at the desk. However many are queued, one is handled."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Wake)


class Travel(Message):
    """The user wants to go to another environment."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        """Empty to be told where this is."""


class KeysWanted(Message):
    """The user wants to see or add a key."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        """An environment; empty for the present one."""
