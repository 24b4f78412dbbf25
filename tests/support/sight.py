"""What an eye gets of a painted screen: contrast, colours as a deuteranope sees them, no colours.

Contrast is WCAG 2's. The sixteen colours of a terminal are looked at in three palettes that differ
much; the deuteranope's sight is the matrix of Machado, Oliveira and Fernandes (2009), severity 1.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.screen import ModalScreen, Screen

Rgb = tuple[int, int, int]

_XTERM = (
    "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 "
    "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"
)
_VGA = (
    "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa "
    "555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
)
_WINDOWS = (
    "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc "
    "767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2"
)
PALETTES = tuple(
    tuple(tuple(bytes.fromhex(each)) for each in palette.split())
    for palette in (_XTERM, _VGA, _WINDOWS)
)

_DEUTERANOPE = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)


class Ink(NamedTuple):
    """A pair of colours that stands on the screen with something legible in it."""

    text: str
    front: Color | None
    back: Color | None

    @property
    def is_mark(self) -> bool:
        """True for lines, arrows and frames, where no character has to be read."""
        return not any(each.isalnum() or each in "?!<>[]+-.,:/$%@~" for each in self.text)


def inks(screen: Screen[object]) -> Iterator[Ink]:
    """Return every piece of the painted screen that shows a character.

    Of a prompt only the prompt: what lies behind it is dimmed on purpose, and no key reaches it.
    """
    strips = screen._compositor.render_strips()
    if isinstance(screen, ModalScreen):
        place = screen.query(".dialog").first().region
        strips = [each.crop(place.x, place.right) for each in strips[place.y : place.bottom]]
    for strip in strips:
        for segment in strip:
            if segment.text.strip():
                yield _ink(segment)


def _ink(segment: Segment) -> Ink:
    style = segment.style or Style()
    front, back = style.color, style.bgcolor
    return Ink(segment.text.strip(), *((back, front) if style.reverse else (front, back)))


def worst_contrast(ink: Ink) -> float:
    """Return the least contrast over the palettes; the terminal's own two colours are infinite."""
    if ink.front is None or ink.back is None or ink.front.is_default or ink.back.is_default:
        # One colour of ours on one of the terminal's own cannot be judged.
        return float("inf") if _is_own(ink.front) is _is_own(ink.back) else 0.0
    return min(contrast(_rgb(ink.front, at), _rgb(ink.back, at)) for at in range(len(PALETTES)))


def _is_own(color: Color | None) -> bool:
    return color is None or color.is_default


def _rgb(color: Color, palette: int) -> Rgb:
    if color.type is ColorType.TRUECOLOR and color.triplet is not None:
        return tuple(color.triplet)  # type: ignore[return-value]
    return PALETTES[palette][color.number or 0]  # type: ignore[return-value]


def contrast(one: Rgb, other: Rgb) -> float:
    """Return WCAG 2's contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _linear(channel: int) -> float:
    part = channel / 255
    return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4


def _luminance(color: Rgb) -> float:
    red, green, blue = (_linear(each) for each in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def as_deuteranope(color: Rgb) -> Rgb:
    """Return the colour that a normal eye would have to see to see what a deuteranope sees."""
    linear = [_linear(each) for each in color]
    seen = (
        sum(weight * each for weight, each in zip(row, linear, strict=True)) for row in _DEUTERANOPE
    )
    return tuple(_encoded(each) for each in seen)  # type: ignore[return-value]


def _encoded(part: float) -> int:
    part = min(max(part, 0.0), 1.0)
    part = part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
    return round(part * 255)


def distance(one: Rgb, other: Rgb) -> float:
    """Return how far two colours are apart in CIE Lab (1976); 2.3 is just noticeable."""
    return math.dist(_lab(one), _lab(other))


def _lab(color: Rgb) -> tuple[float, float, float]:
    red, green, blue = (_linear(each) for each in color)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
