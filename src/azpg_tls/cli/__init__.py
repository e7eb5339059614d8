"""The command line: the only place that reads the clock, the environment and the terminal, prints, and exits."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any, TextIO

import rich_click as click

from azpg_tls.errors import AzpgTlsError
from azpg_tls.render.escape import visible
from azpg_tls.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

EXIT_OK = 0
EXIT_BROKEN = 4
EXIT_INTERRUPTED = 130
EXIT_UNREAD = 141  # as a shell shows a program that a closed pipe has ended (128 + SIGPIPE)

# Each command is imported when it is used: `bundle path` needs no TLS library, and JSON no terminal.
COMMANDS = ("probe", "login", "token", "explain", "bundle", "lab", "schema")

_WRITERS = ("click.", "rich_click.")  # modules that write to standard output


class _PipeError(Exception):
    """Carries a BrokenPipeError, its cause, past click, whose own way out could not be told from a verdict."""


class Commands(click.RichGroup):
    """The commands by name, each from the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"azpg_tls.cli.{cmd_name}"), cmd_name)
        return command

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Read the arguments; help is shown here."""
        with _past_click():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        with _past_click():
            return super().invoke(ctx)


@contextlib.contextmanager
def _past_click() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise _PipeError from error


def _in_writing(error: OSError) -> bool:
    """Whether *error* came while something was shown: only click's own functions write to standard output."""
    *_, (frame, _line) = traceback.walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__")).startswith(_WRITERS)


def _version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from azpg_tls.check import tool

    about = tool("public")
    click.echo(f"azpg-tls {__version__}")
    click.echo(about.openssl)
    click.echo(f"bundle {about.bundle.version}, sha256 {about.bundle.sha256}")
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the versions."
)
@click.option("--debug", is_flag=True, envvar="AZPG_TLS_DEBUG", help="Show a traceback if azpg-tls itself fails.")
def cli(debug: bool) -> None:
    """Say why a TLS connection to PostgreSQL fails, above all to Azure Database for PostgreSQL.

    Exit codes: 0 in order, 1 something is wrong with the server, 2 wrong usage, 3 unreachable, 4 azpg-tls failed.
    """
    del debug  # main reads it, also when a command cannot be imported


def main(arguments: Sequence[str] | None = None) -> None:
    """Run azpg-tls and exit; every way to fail ends here, in one line."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = cli.main(list(arguments), prog_name="azpg-tls", standalone_mode=False)
    except click.ClickException as error:
        with _perhaps_unheard():
            error.show()
        code = error.exit_code
    except SystemExit as exited:  # rich-click's own, where it shows help instead of an error
        code = exited.code
    except (click.Abort, KeyboardInterrupt):
        code = _ended("interrupted", EXIT_INTERRUPTED)
    except AzpgTlsError as error:
        code = _ended(str(error), error.exit_code)
    except Exception as error:  # whatever it was, the user gets one line and exit code 4
        debug = "--debug" in arguments or _is_set("AZPG_TLS_DEBUG")
        code = _failed(error.__cause__ if isinstance(error, _PipeError) else error, debug=debug)
    sys.exit(_written(code if isinstance(code, int) else EXIT_OK))


def _written(code: int) -> int:
    """Write what waits in the buffers, and return *code*, or that of an output that nobody reads."""
    with _perhaps_unheard():
        sys.stderr.flush()
    if sys.stdout is None:  # closed before the start
        return code
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop(sys.stdout)
        return code or EXIT_UNREAD
    return code


def _ended(words: str, code: int) -> int:
    with _perhaps_unheard():
        click.echo(f"azpg-tls: {words}", err=True)
    return code


@contextlib.contextmanager
def _perhaps_unheard() -> Iterator[None]:
    """Write to standard error; if that fails, the exit code has to do."""
    try:
        yield
    except OSError:
        _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    """Forget what is still waiting to be written: it would fail again at exit, and change the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _is_set(variable: str) -> bool:
    value: bool = click.BOOL.convert(os.environ.get(variable) or "0", None, None)
    return value


def _failed(error: BaseException | None, *, debug: bool) -> int:
    if isinstance(error, BrokenPipeError) and _in_writing(error):
        _drop(sys.stdout)
        # The usage that is shown where arguments are missing: click fails while it handles that.
        missing = error.__context__
        return missing.exit_code if isinstance(missing, click.UsageError) else EXIT_UNREAD
    if debug:
        with _perhaps_unheard():
            traceback.print_exception(error)
    if isinstance(error, OSError) and _in_writing(error):
        _drop(sys.stdout)
        return _ended(f"the output cannot be written: {error.strerror}", EXIT_BROKEN)
    words = visible(" ".join(str(error).split()))
    fault = f"failed by a fault of its own (--debug shows where): {type(error).__name__}: {words}"
    return _ended(fault, EXIT_BROKEN)
