"""A login to text: who one is there, and the rows of a statement as a table or as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from azpg_tls.render.text import Style
    from azpg_tls.report import LoginView, RowsView, SessionView

NULL = "NULL"
_WIDEST = 60  # characters of a value in a table; the longer ones are cut, and say so


def render(login: LoginView, style: Style) -> Iterator[str]:
    """Yield the sections of *login*."""
    if login.session:
        yield "\n".join([style.bold("Session"), *_session(login, login.session)])
    if login.rows:
        yield "\n".join([style.bold("Result"), *table(login.rows, style)])


def _session(login: LoginView, session: SessionView) -> Iterator[str]:
    as_whom = f" (logged in as {session.session_user})" if session.session_user != session.current_user else ""
    if session.current_user is None:
        yield "  user       not told: the server refused to say who this session is for"
    else:
        yield f"  user       {session.current_user}{as_whom}"
        yield f"  database   {session.database}"
    standby = ", a standby: nothing can be changed" if session.in_recovery else ""
    yield f"  server     PostgreSQL {session.server_version or 'of a version that it does not tell'}{standby}"
    if session.current_user is not None:
        yield f"  TLS there  {_encryption(session)}"
    yield f"  method     {login.auth_method or 'not known'}, with {login.credential or 'no secret'}"
    yield f"  times      login {session.login_ms:.1f} ms, round trip {session.round_trip_ms:.1f} ms"


def _encryption(session: SessionView) -> str:
    if session.tls_version:
        return f"{session.tls_version}, {session.tls_cipher} (pg_stat_ssl)"
    return "none, says pg_stat_ssl: what ends TLS in front of PostgreSQL goes on in the clear"


def table(rows: RowsView, style: Style) -> Iterator[str]:
    """Yield *rows* as a table in text, each line of a value made visible."""
    if rows.columns:
        shown = [[_cell(value) for value in row] for row in rows.rows]
        head = [visible(name, _WIDEST) for name in rows.columns]
        widths = [max(map(len, column)) for column in zip(head, *shown, strict=True)]
        yield _line(head, widths)
        yield "  " + "-+-".join("-" * width for width in widths)
        yield from (_line(row, widths) for row in shown)
    more = f", {rows.left_out} more rows left out" if rows.left_out else ""
    yield f"  ({rows.status or 'nothing to do'}{more})"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return ("  " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))).rstrip()


def _cell(value: str | None) -> str:
    """Return a value as it is shown; a text that reads NULL, or begins with a quotation mark, is put in such."""
    if value is None:
        return NULL
    return visible(f'"{value}"' if value == NULL or value.startswith('"') else value, _WIDEST)


def csv(rows: RowsView, *, terminal: bool = False) -> str:
    """Return *rows* as CSV; NULL is empty, an empty text is two quotation marks, as COPY has it.

    Lines end as psql's do, not in RFC 4180's CR LF: ``read`` of a shell would take the CR for a part of the value.
    A statement that gives no columns gives no line. For a *terminal*, what it would act on is made visible; elsewhere
    every value is exact.
    """
    lines: Iterable[Iterable[str | None]] = (rows.columns, *rows.rows) if rows.columns else ()
    if terminal:
        lines = ((value and visible(value, len(value)) for value in line) for line in lines)
    return "".join(",".join(map(_field, line)) + "\n" for line in lines)


def _field(value: str | None) -> str:
    if value is None:
        return ""
    plain = value and not set(value) & set(',"\r\n') and value == value.strip()
    return value if plain else '"' + value.replace('"', '""') + '"'
