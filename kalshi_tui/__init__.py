"""kalshi-tui: a trading workstation for Kalshi event contracts in the terminal."""

__version__ = "0.1.0"
