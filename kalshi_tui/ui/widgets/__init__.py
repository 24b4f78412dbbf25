"""Widgets: few, big and line-painted."""
