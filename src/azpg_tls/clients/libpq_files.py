"""What libpq says of the files of its settings: root certificates, client certificate, key, revocation list.

Sources: initialize_SSL in src/interfaces/libpq/fe-secure-openssl.c of PostgreSQL 9.6 to 18.
"""

from __future__ import annotations

from azpg_tls.clients.sign import Sign, certain, likely, possible, sign

_NO_FILE = (certain("root-file-missing", "The settings ask for verification, and there is no file {file}."),)
_NO_FILE_GUESSED = (likely("root-file-missing", "The settings ask for verification, and there is no file {file}."),)
_NO_HOME = (
    certain("root-file-missing", "Without a home directory libpq has no default root file; sslrootcert is not set."),
)
_BY_PERMISSION = (
    likely("root-file-permissions", "The user that connects may not read {file}."),
    possible("client-certificate-required", "The server may demand a certificate of this client."),
)
_KEY_OPEN = (certain("root-file-permissions", "libpq refuses a private key that others may read: {file}."),)

_ANY = r"(?P<file>[^\"]{1,250})"
_UNNAMED = r"(?! ?[\"/~.\w\\])"  # posters leave the path out

FILES: tuple[Sign, ...] = (
    sign(
        r'root certificate file "system" does not exist',
        likely(
            "root-file-missing", "sslrootcert=system is known to libpq 16 and later; older ones take it for a file."
        ),
        possible("client-library-bug", "An older libpq than the one meant may be loaded."),
    ),
    sign(rf'root certificate file "(?!system"){_ANY}" does not exist', *_NO_FILE),
    sign(r"root certificate file (?P<file>\S{1,250}) does not exist", *_NO_FILE_GUESSED),
    sign(r"root certificate file (?P<file>.{1,250}?)[\"' ]{0,2}(?:does not exists?|doesn't exist)", *_NO_FILE_GUESSED),
    sign(
        r"Either provide the file.{0,80}? or change sslmode",
        likely("root-file-missing", "libpq found no root file, and the settings ask for verification."),
    ),
    sign(r"could not get home directory to locate root certificate file", *_NO_HOME),
    sign(
        r"could not get home directory to locate (?:password|service|client)",
        likely("root-file-missing", "Without a home directory libpq finds none of its files."),
    ),
    sign(
        rf'could not (?:read|load) root certificate file "{_ANY}"',
        likely("root-file-format", "{file} holds no certificate in PEM that OpenSSL can read."),
        possible("root-file-permissions", "{file} may not be readable by the user that connects."),
        possible("root-file-missing", "{file} may be empty, or its path wrong."),
    ),
    sign(
        rf'could not (?:read|load) root certificate file "{_ANY}": (?:SSL error: )?(?:Permission denied|system lib)',
        *_BY_PERMISSION,
    ),
    sign(
        rf'could not (?:read|load) root certificate file "{_ANY}": (?:SSL error: )?No such file or directory',
        likely("root-file-missing", "There is no file {file}."),
    ),
    sign(
        r"could not load system root certificate paths",
        likely("root-file-missing", "sslrootcert=system found no certificates of the system."),
    ),
    *(
        sign(
            rf'could not \w{{4,6}} {what} file "-----BEGIN(?:[^"]{{0,9000}}")?:?',
            likely("root-file-missing", "The setting has a certificate's text where libpq expects a file's name."),
            possible("root-file-format", "A tool may not have written the text to a file."),
        )
        for what in ("certificate", "root certificate", "private key")
    ),
    sign(rf'could not open certificate file "{_ANY}": Permission denied', *_BY_PERMISSION),
    sign(
        rf'could not open certificate file "{_ANY}": (?:No such file|Not a directory)',
        likely("root-file-missing", "There is no client certificate {file}."),
        possible("client-certificate-required", "The server may demand a certificate of this client."),
    ),
    sign(
        rf'could not open certificate file "{_ANY}"',
        likely("root-file-permissions", "The client certificate {file} cannot be opened."),
        likely("root-file-missing", "The path of {file} may be wrong."),
    ),
    sign(
        rf'could not read certificate file "{_ANY}"',
        likely("root-file-format", "The client certificate {file} is not one in PEM."),
        possible("weak-key", "OpenSSL may refuse its key or signature."),
        possible("root-file-permissions", "It may not be readable by the user that connects."),
    ),
    sign(
        rf'certificate present, but not private key file "{_ANY}"',
        likely("root-file-missing", "There is a client certificate, and no key {file} (sslkey)."),
        possible("client-certificate-required", "The server may demand a certificate of this client."),
    ),
    sign(
        rf'could not (?:stat|access) private key file "{_ANY}"',
        likely("root-file-permissions", "The key {file} cannot be looked at."),
        likely("root-file-missing", "The key {file} may not be there."),
    ),
    sign(
        rf'private key file "{_ANY}" is not a regular file',
        likely("root-file-format", "{file} is a directory or device: a mount may have made it."),
    ),
    sign(rf'private key file "{_ANY}" has (?:group or world access|wrong permissions)', *_KEY_OPEN),
    sign(
        rf'private key file "{_ANY}" must be owned by',
        certain("root-file-permissions", "{file} belongs to another user than the one that connects."),
    ),
    sign(
        rf'could not load private key file "{_ANY}"',
        likely("root-file-format", "{file} is no private key that OpenSSL reads, or its passphrase is missing."),
        possible("root-file-permissions", "It may not be readable by the user that connects."),
    ),
    sign(rf'could not load private key file "{_ANY}": Permission denied', *_BY_PERMISSION),
    sign(
        rf'could not load private key file "{_ANY}": No such file or directory',
        likely("root-file-missing", "There is no key {file} (sslkey)."),
    ),
    sign(
        rf'certificate does not match private key file "{_ANY}"',
        likely("root-file-format", "{file} is the key of another certificate than sslcert's."),
        possible("client-certificate-required", "The server may demand a certificate of this client."),
    ),
    sign(
        rf"could not (?:read|load) root certificate file{_UNNAMED}",
        likely("root-file-format", "The root file holds no certificate in PEM that OpenSSL can read."),
        possible("root-file-permissions", "It may not be readable by the user that connects."),
        possible("root-file-missing", "Its path may be wrong."),
    ),
    sign(
        rf"could not open certificate file{_UNNAMED}",
        likely("root-file-permissions", "The client certificate cannot be opened."),
        likely("root-file-missing", "Its path may be wrong."),
    ),
    sign(
        rf"could not (?:read certificate|load private key) file{_UNNAMED}",
        likely("root-file-format", "The client certificate or its key is not one in PEM that OpenSSL reads."),
        possible("root-file-permissions", "It may not be readable by the user that connects."),
        possible("root-file-missing", "Its path may be wrong."),
    ),
    sign(
        rf"private key file{_UNNAMED}.{{0,250}}? has group or world access",
        likely("root-file-permissions", "libpq refuses a private key that others may read."),
    ),
    sign(
        r"could not (?:load|initialize) SSL engine",
        likely(
            "root-file-format", "sslkey names an OpenSSL engine (ENGINE:KEY); a path with a colon is taken for one."
        ),
    ),
    sign(
        r"SSL library does not support CRL certificates",
        likely("revocation-check-failed", "This OpenSSL cannot read the list that sslcrl names."),
    ),
)
