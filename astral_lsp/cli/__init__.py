"""The command line. `astral-lsp` alone serves an editor; every other command works on files without one."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from astral_lsp import __version__
from astral_runtime.source import SourceError

COMMANDS = ("holes", "fill", "infill", "repair", "check", "doctor", "models", "bench")
"""Each is the click command of that name in the module of that name. Only the one that runs is imported: a server stays lean."""


class Commands(click.Group):
    """The subcommands, imported when they are looked at."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"astral_lsp.cli.{cmd_name}"), cmd_name)
        return found


@click.command(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="astral-lsp")
@click.option("--tcp", metavar="HOST:PORT", help="Serve one client over TCP instead of stdin and stdout.")
@click.pass_context
def command(context: click.Context, tcp: str | None) -> None:
    """Typed holes in Python: found, typed, filled, verified. Without a command, serve an editor on stdin and stdout."""
    if context.invoked_subcommand is not None:
        return
    from astral_lsp.server import serve_stdio, serve_tcp

    if tcp is None:
        serve_stdio()
    serve_tcp(*_address(tcp))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 something was found wrong, 2 bad input (one line on stderr)."""
    try:
        code = command.main(args=arguments, prog_name="astral-lsp", standalone_mode=False)
    except SourceError as error:
        _leave(str(error))
    except click.Abort:
        _leave("interrupted", code=130)
    except click.ClickException as error:
        _leave(error.format_message())
    sys.exit(code if isinstance(code, int) else 0)


def _leave(message: str, code: int = 2) -> None:
    print(f"astral-lsp: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def _address(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter(f"{text!r} is not HOST:PORT", param_hint="--tcp")
    return host or "127.0.0.1", int(port)
