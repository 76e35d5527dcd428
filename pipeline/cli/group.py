"""How every command is called: usage errors end with 64, flags look like flags, a version.

Reads the words of the command line; what the commands do is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

USAGE = 64
"""Exit code of a command line that cannot be understood, as in BSD's sysexits.h."""

_USAGE_OF_TYPER = 2
"""Typer's own code for it, which here says that a command has done nothing."""


class Command(TyperCommand):
    """A command whose help shows no type for a flag, which takes no value."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, with that of help."""
        return _without_types_of_flags(super().get_params(ctx))


class Commands(TyperGroup):
    """A group of commands whose usage errors end with 64."""

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
        if error.exit_code == _USAGE_OF_TYPER:
            error.exit_code = USAGE
        raise


def show_version(asked: bool) -> None:
    """Print name and version of this program, and end."""
    if asked:
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
