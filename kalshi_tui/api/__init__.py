"""The client's side of Kalshi's wire: signing, typed frames and bodies, the feed, limits.

Wire names end here: `decode` turns them into `core.events`. Must not read a clock, a setting or a
file, and never imports `practice`.
"""
