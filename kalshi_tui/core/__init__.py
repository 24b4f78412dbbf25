"""The rules of the workstation: pure, exact, and without a clock.

Owns every rule about prices, books, orders, fees, risk and money. Must not do I/O, read a clock,
draw random numbers, log, or import anything outside the standard library.
"""
