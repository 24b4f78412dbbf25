"""The screens. Paints views, turns keys into commands; knows no wire and computes no money."""

import os

# The session publishes at most so often as the screen may be painted. Textual would hold each of
# those frames back again, to a grid of its own of 60 a second; it reads this when it is imported.
os.environ.setdefault("TEXTUAL_FPS", "240")
