"""`kalshi-tui completion`: the script that lets a shell complete commands and options.

Owns nothing but where to put it: the script and the answers are click's.
"""

import click
from click.shell_completion import get_completion_class

_NAME = "kalshi-tui"
_VARIABLE = "_KALSHI_TUI_COMPLETE"


@click.command(short_help="Print what completes commands in your shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in your shell.

    \b
    bash:  eval "$(kalshi-tui completion bash)"        in ~/.bashrc
    zsh:   eval "$(kalshi-tui completion zsh)"         in ~/.zshrc, after compinit
    fish:  kalshi-tui completion fish > ~/.config/fish/completions/kalshi-tui.fish
    """
    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(context.find_root().command, {}, _NAME, _VARIABLE).source())
