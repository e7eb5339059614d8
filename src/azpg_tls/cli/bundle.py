"""``azpg-tls bundle``: build, list, show, path, verify, diff.

Exit codes: 0; 1 where ``verify`` found a problem or ``diff`` a difference; 2 for what cannot be used.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click import get_current_context

from azpg_tls.bundle import inventory
from azpg_tls.bundle.fetch import Fetcher, Progress
from azpg_tls.bundle.manifest import PROFILES
from azpg_tls.errors import InputError

# What reads certificates is imported where it is used, so that `bundle path` needs no cryptography.
if TYPE_CHECKING:
    from azpg_tls.bundle.build import Source
    from azpg_tls.bundle.inspection import Content
    from azpg_tls.bundle.manifest import Entry

DEFAULT_PROFILE = "public"
SHORTEST_DIGEST = 8  # hex digits that `show` takes for the beginning of a SHA-256


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _fetcher(progress: Progress) -> Fetcher:
    from azpg_tls.bundle.fetch import fetcher

    return fetcher(progress)


def _on_terminal() -> bool:
    return sys.stderr.isatty()


@dataclass(frozen=True)
class Surroundings:
    """The clock, the network and the terminal; a test hands its own to the command as ``obj``."""

    now: Callable[[], dt.datetime] = _now
    fetcher: Callable[[Progress], Fetcher] = _fetcher
    on_terminal: Callable[[], bool] = _on_terminal


def _surroundings() -> Surroundings:
    return get_current_context().find_object(Surroundings) or Surroundings()


_profile = click.option(
    "--profile", type=click.Choice(PROFILES), help=f"The cloud whose roots to take; {DEFAULT_PROFILE} if not given."
)


@click.group()
def bundle() -> None:
    """Pin the roots of Azure Database for PostgreSQL, and say why each is there."""


@bundle.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("azure-postgres-bundle"),
    show_default=True,
    help="The directory to write; an earlier bundle in it is replaced, anything else is refused.",
)
@_profile
@click.option("--fetch", is_flag=True, help="Download the profile's roots from their publishers.")
@click.option("--source", type=click.Path(path_type=Path), help="Read the certificate files of this directory.")
@click.option("--url", "urls", multiple=True, help="Download this file of certificates; may be repeated.")
def build(output: Path, profile: str | None, fetch: bool, source: Path | None, urls: tuple[str, ...]) -> None:
    """Write the bundle: one PEM file, each root in DER, a manifest, and SHA256SUMS.

    Without --fetch, --source and --url the certificates are those that azpg-tls carries. With --url and no
    --profile, every root of Azure's that the sources hold is taken; otherwise the profile's, all of them.
    Whatever the source, each certificate must have a SHA-256 that azpg-tls knows.
    """
    from azpg_tls.bundle import build as building
    from azpg_tls.bundle import directory, text

    manifest = inventory.known_manifest()
    directory.refuse_foreign(output)
    wanted = profile or (None if urls else DEFAULT_PROFILE)
    sources = _sources(wanted or DEFAULT_PROFILE, fetch=fetch, source=source, urls=urls)
    result = building.build(manifest, building.identify(manifest, sources), wanted)
    directory.replace(output, building.files(result))
    for item in result.set_aside:
        click.echo(text.set_aside(item, result.profile, _surroundings().now()), err=True)
    click.echo(text.built(result, str(output)))


@bundle.command("list")
@_profile
@click.option("--all", "everything", is_flag=True, help="Every known certificate, also those never trusted.")
def list_(profile: str | None, everything: bool) -> None:
    """Say what is in the installed bundle, until when, and why."""
    from azpg_tls.bundle import text

    manifest = inventory.known_manifest()
    if everything:
        click.echo(text.listing(f"bundle {manifest.version}, all known certificates", manifest.entries))
        return
    wanted = profile or DEFAULT_PROFILE
    click.echo(text.listing(f"bundle {manifest.version}, profile {wanted}", manifest.roots(wanted)))


@bundle.command()
@click.argument("name")
def show(name: str) -> None:
    """Show a known certificate by its NAME, its common name, or the beginning of its SHA-256."""
    from azpg_tls.bundle import text

    found = [entry for entry in inventory.known_manifest().entries if _is_called(entry, name)]
    if not found:
        raise InputError(f"no known certificate is called {name!r}; see: azpg-tls bundle list --all")
    click.echo("\n".join(text.details(entry) for entry in found))


@bundle.command()
@_profile
def path(profile: str | None) -> None:
    """Print the path of the installed PEM file."""
    click.echo(inventory.where(profile or DEFAULT_PROFILE))


@bundle.command()
@click.argument("file", required=False)
@_profile
@click.option("--strict", is_flag=True, help="Warnings count as problems.")
def verify(file: str | None, profile: str | None, strict: bool) -> None:
    """Check the installed bundle, or FILE, against the manifest and today's date.

    FILE is a file of certificates or a directory that `build` wrote. Without --profile it may match any.
    A root that has expired is a problem; one that is retired, or goes within 90 days, is a warning.
    """
    from azpg_tls.bundle import inspection, text

    content = _content(file) if file else _installed(profile or DEFAULT_PROFILE)
    wanted = profile if file else profile or DEFAULT_PROFILE
    remarks = inspection.inspect(content, inventory.known_manifest(), wanted, _surroundings().now())
    click.echo(text.verdict(content.name, remarks))
    if any(remark.problem or strict for remark in remarks):
        get_current_context().exit(1)


@bundle.command()
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
def diff(old: str, new: str) -> None:
    """Show the certificates that only A (-) or only B (+) holds; exit code 1 if there are any, as diff does.

    Each is the name of an installed profile, a file of certificates, or a directory that `build` wrote. A file
    that is called like a profile is given as ./public.
    """
    from azpg_tls.bundle import inspection, text

    removed, added = inspection.difference(*(_installed(at) if at in PROFILES else _content(at) for at in (old, new)))
    if removed or added:
        click.echo(text.differing(removed, added))
        get_current_context().exit(1)


def _sources(profile: str, *, fetch: bool, source: Path | None, urls: tuple[str, ...]) -> list[Source]:
    from azpg_tls.bundle import directory
    from azpg_tls.bundle.build import Source

    manifest = inventory.known_manifest()
    if not (fetch or source or urls):
        return [Source(f"azpg-tls's own {profile} bundle", der) for der in inventory.anchors(profile)]
    sources = list(directory.sources(source, manifest)) if source else []
    if fetch or urls:
        around = _surroundings()
        fetcher = around.fetcher(_show_progress if around.on_terminal() else _show_nothing)
        sources += fetcher.entries(manifest.roots(profile)) if fetch else ()
        sources += fetcher.urls(urls, manifest)
    return sources


def _show_progress(url: str, received: int, total: int | None) -> None:
    from azpg_tls.render.escape import visible

    end = received == total
    click.echo(f"\r{visible(url)}: {received} of {total or 'unknown'} bytes", nl=end, err=True)


def _show_nothing(url: str, received: int, total: int | None) -> None:
    """Leave a file or pipe on stderr without progress."""


def _is_called(entry: Entry, name: str) -> bool:
    digest = name.replace(":", "").lower()
    return name.lower() in (entry.slug, entry.common_name.lower()) or (
        len(digest) >= SHORTEST_DIGEST and entry.sha256.startswith(digest)
    )


def _installed(profile: str) -> Content:
    from azpg_tls.bundle import inspection

    return inspection.content_of_directory(inventory.where(profile), inventory.bundle_files(profile))


def _content(at: str) -> Content:
    from azpg_tls.bundle import directory, inspection

    if Path(at).is_dir():
        return inspection.content_of_directory(at, directory.contents(Path(at)))
    return inspection.content_of_file(at, directory.read_file(Path(at)))
