"""The screens. Paints views, turns keys into commands; knows no wire and computes no money."""
