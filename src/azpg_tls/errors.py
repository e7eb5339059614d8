"""Why azpg-tls itself cannot go on. What it finds wrong with a server is a finding, never an exception."""


class AzpgTlsError(Exception):
    """azpg-tls cannot go on; the text says what happened, with the values, and what to do (exit code 4)."""

    exit_code = 4


class InputError(AzpgTlsError):
    """What the user gave cannot be used: an option, a target, or a file that cannot be read (exit code 2)."""

    exit_code = 2
