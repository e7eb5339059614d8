"""Pages of what a server says to a login, after it has proved who it is."""

from __future__ import annotations

from azpg_tls.page import Page

LOGIN: dict[str, Page] = {
    "password-rejected": Page("TODO password-rejected."),
    "entra-token-expired": Page("TODO entra-token-expired."),
    "entra-wrong-audience": Page("TODO entra-wrong-audience."),
    "entra-wrong-username": Page("TODO entra-wrong-username."),
    "entra-token-malformed": Page("TODO entra-token-malformed."),
    "role-missing": Page("TODO role-missing."),
    "database-missing": Page("TODO database-missing."),
    "channel-binding-mismatch": Page("TODO channel-binding-mismatch."),
}
