"""The practice exchange: Kalshi's rules and Kalshi's bytes, on loopback.

Its wire structs and its signature check are its own, written from the specification, so that two
independent readings meet on the socket. Never imports `api`.
"""
