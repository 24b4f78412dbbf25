"""Messages between the session's thread and the app."""

from textual.message import Message


class Wake(Message, bubble=False):
    """Something waits at the desk. However many are queued, one is handled."""

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, Wake)
