"""Containers that paint nothing of their own, and cost a frame next to nothing.

Textual walks every line of a container in each frame, though its children hide all but the gaps.
"""

from textual.containers import Container, Horizontal, Vertical


class Ground(Container):
    """Bare ground in its background's colour."""

    BLANK = True


class Row(Horizontal):
    """Children beside each other on bare ground."""

    BLANK = True


class Column(Vertical):
    """Children below each other on bare ground."""

    BLANK = True
