"""Pages of what goes wrong at the client's side: only its error text or its files show it."""

from __future__ import annotations

from azpg_tls.page import Page

TLS_REQUIRED = Page("""\
The server demands TLS, and the client connected without it.

The server read a StartupMessage in the clear and refused it. Azure answers so while require_secure_transport is on, in
the words of a missing pg_hba.conf entry that end in "no encryption" (PostgreSQL 14 and later) or "SSL off".

Why it happens:
- the client was not told to use TLS: sslmode=disable, or the driver's own switch for it is off;
- the driver does not know the setting that was given, and took no notice of it;
- libpq's sslmode=prefer tried again in the clear after TLS had failed: then the first line holds the cause.

Fix:
- ask for TLS in the client's own words, and have it verify the server: sslmode=verify-full in libpq;
- if two lines are shown, put right what the first one says.

See for yourself:
    psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"   (connects, where sslmode=disable is refused)

Sources: https://learn.microsoft.com/azure/postgresql/security/security-tls;
    https://www.postgresql.org/docs/current/libpq-ssl.html""")

CLIENT_SIDE: dict[str, Page] = {
    "tls-required": TLS_REQUIRED,
    "sslmode-invalid": Page("TODO sslmode-invalid."),
    "root-file-missing": Page("TODO root-file-missing."),
    "root-file-format": Page("TODO root-file-format."),
    "root-file-permissions": Page("TODO root-file-permissions."),
    "root-store-outdated": Page("TODO root-store-outdated."),
    "intermediate-pinned": Page("TODO intermediate-pinned."),
    "erlang-missing-cacerts": Page("TODO erlang-missing-cacerts."),
    "jdbc-sslfactory": Page("TODO jdbc-sslfactory."),
    "revocation-check-failed": Page("TODO revocation-check-failed."),
    "gssenc-interference": Page("TODO gssenc-interference."),
    "client-without-tls": Page("TODO client-without-tls."),
    "client-library-bug": Page("TODO client-library-bug."),
    "fork-shared-connection": Page("TODO fork-shared-connection."),
    "pool-timeout": Page("TODO pool-timeout."),
    "single-server-username-format": Page("TODO single-server-username-format."),
    "private-dns-zone": Page("TODO."),
}
