"""How every command is called: usage errors end with 64, flags look like flags, a version.

Reads the words of the command line; what the commands do is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from pipeline.cli.terminal import refused
from pipeline.model import UserError

USAGE = 64
"""Exit code of a command line that cannot be understood, as in BSD's sysexits.h."""

_USAGE_OF_TYPER = 2
"""Typer's own code for it, which here says that a command has done nothing."""
_NO_WORDS = "NoArgsIsHelpError"
"""Typer's error, of no public name, where a group is called by itself: it shows the help."""


class Command(TyperCommand):
    """A command that refuses in one line, with code 2, what its user can mend.

    Its help shows no type for a flag, which takes no value.
    """

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, with that of help."""
        return _without_types_of_flags(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run it."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise refused(error, as_json=ctx.params.get("as_json", False)) from error


class Commands(TyperGroup):
    """A group of commands whose usage errors are one line, and end with 64."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, with those of help and completion."""
        return _without_types_of_flags(super().get_params(ctx))

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the words before the command."""
        with _usage_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Read the command and its words, and run it."""
        with _usage_errors():
            return super().invoke(ctx)


def group(**settings: Any) -> typer.Typer:
    """A group of such commands."""
    return typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def _without_types_of_flags(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
    return params


@contextmanager
def _usage_errors() -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        if error.exit_code != _USAGE_OF_TYPER:
            raise
        if type(error).__name__ == _NO_WORDS:
            error.exit_code = USAGE
            raise
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "statedata"
        message = " ".join(error.format_message().split()).removesuffix(".")
        end = "" if message.endswith("?") else ";"
        typer.echo(f"{command}: {message}{end} see `{command} -h`", err=True)
        raise typer.Exit(USAGE) from error


def show_version(asked: bool) -> None:
    """Print name and version of this program, and end."""
    if asked:
        from importlib.metadata import version  # reads the mail package: nobody else waits for it

        typer.echo(f"statedata {version('ncmec-state-data')}")
        raise typer.Exit


def checked_version(version: str) -> str:
    """The version of a release as given, if it is one or none."""
    from pipeline.release.versions import ReleaseError, version_key

    if version:
        try:
            version_key(version)
        except ReleaseError as error:
            raise typer.BadParameter(str(error)) from error
    return version
