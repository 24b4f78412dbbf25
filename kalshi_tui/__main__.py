"""`python -m kalshi_tui` is the console script."""

from kalshi_tui.cli import main

if __name__ == "__main__":
    main()
