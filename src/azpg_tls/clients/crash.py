"""What breaks inside a driver: an exception of the language, whose own frames come first in the stack.

Every language's drivers can fail so, with words that nobody foresaw: it is looked for only where nothing else is found.
Sources: the forms of a stack in V8, JavaScriptCore and Deno, OpenJDK, CPython, .NET, CRuby, Go, Rust, Lua and the BEAM.
"""

from __future__ import annotations

from azpg_tls.clients.client import Client
from azpg_tls.clients.sign import likely, possible, sign

_BUG = (
    likely(
        "client-library-bug", "The driver itself failed, not the server: another version of it, or of what runs it."
    ),
    possible("client-without-tls", "What it needs for TLS may be missing from this build or runtime."),
    possible("sslmode-invalid", "An option may have another type or form than the driver expects."),
)

# The drivers' own files and names in a stack.
_NODE = (
    r"(?:node_modules|deno\.land|npm|jsr)[^ ()]{0,160}?[\\/@]"
    r"(?:pg|pg-pool|pg-protocol|pg-cloudflare|postgres|postgresjs|ts-postgres|slonik)"
)
_JAVA = r"(?:org\.postgresql|com\.ongres|io\.r2dbc\.postgresql|io\.vertx\.(?:pg|sql)client|com\.impossibl|org\.pg)"
_PYTHON = r"(?:asyncpg|psycopg2?|psycopg_c|pg8000|aiopg|scramp|sqlalchemy[\\/]dialects[\\/]postgresql)"
_RUBY = r"gems[\\/](?:pg|sequel_pg|jdbc-postgres)-[\d.]{1,12}"
_GO = r"github\.com/(?:lib/pq|jackc/pg\w{1,12}|go-pg|uptrace/bun/driver)"
_RUST = r"(?:tokio[-_]postgres|postgres[-_]\w{1,20}|sqlx[-_]\w{1,20}|diesel|deadpool[-_]postgres|rust-postgres)"
_BEAM = r"(?:Postgrex|DBConnection|epgsql|pgsql_proto|p1_pgsql)"
_LUA = r"(?:pgmoon|kong[\\/]db|luasql)"

# Before the driver's frame there are only those of the runtime.
_TO_NODE = rf"(?:(?!(?<!internal)[\\/][\w.-]{{1,40}}\.[cm]?[jt]s:\d).){{0,500}}?{_NODE}"
_TO_JAVA = rf"(?:(?! at (?!java|jdk|sun|io\.netty|io\.vertx|{_JAVA})[\w$]{{1,40}}\.).){{0,600}}?[ /]{_JAVA}\."

CRASH = Client(
    "crash",
    "a driver's own failure",
    signs=(
        sign(rf"\bTypeError\b{_TO_NODE}", *_BUG),
        sign(rf"\bReferenceError\b{_TO_NODE}", *_BUG),
        sign(rf"\bRangeError\b{_TO_NODE}", *_BUG),
        sign(rf"\bAssertionError\b{_TO_NODE}", *_BUG),
        sign(
            (
                r"\b(?:ClassCast|NullPointer|IllegalState|IllegalAccess|IndexOutOfBounds|UnsupportedOperation|NoSuchElement"
                rf"|ArrayIndexOutOfBounds|BufferUnderflow|NegativeArraySize)Exception\b{_TO_JAVA}"
            ),
            *_BUG,
        ),
        sign(
            (
                r"\b(?:NoSuchMethod|NoSuchField|NoClassDefFound|ExceptionInInitializer|AbstractMethod|Verify|UnsatisfiedLink"
                rf"|UnsupportedClassVersion|IncompatibleClassChange|StackOverflow|IllegalAccess)Error\b{_TO_JAVA}"
            ),
            *_BUG,
        ),
        sign(
            (
                rf"\b{_PYTHON}[\\/][\w\\/.-]{{1,80}}\.pyx?[\"']?, line \d{{1,5}}, in [\w.<>]{{1,60}}"
                r"(?:(?!File [\"']).){0,400}?\b(?:Type|Attribute|Assertion|Key|Index|Name|UnboundLocal|NotImplemented|"
                r"Recursion|Value|Import|ModuleNotFound)Error\b"
            ),
            *_BUG,
        ),
        sign(
            (
                r"\b(?:NullReference|InvalidCast|MissingMethod|MissingField|TypeLoad|TypeInitialization|FileLoad|"
                r"FileNotFound|EntryPointNotFound|DllNotFound|IndexOutOfRange|Overflow|PlatformNotSupported|NotSupported|"
                r"BadImageFormat|ObjectDisposed|InvalidOperation)Exception\b"
                r"(?:(?! at (?!System|Npgsql|Interop)\w).){0,600}?"
                r"\bNpgsql\.(?:Internal|NpgsqlConnector|NpgsqlDataSource|ConnectorPool)"
            ),
            *_BUG,
        ),
        sign(
            (
                r"\b(?:MissingMethod|MissingField|TypeLoad|TypeInitialization|FileLoad|FileNotFound|BadImageFormat)Exception\b"
                r"[^()]{0,200}?\bNpgsql\b"
            ),
            *_BUG,
        ),
        sign(r"Could not load file or assembly '(?:Mono\.Security|Npgsql)\b", *_BUG),
        sign(r"Cannot find (?:module|package) '(?:pg|postgres)(?:-[\w-]{1,20})?'", *_BUG),
        sign(r"\bNoMethodError\b.{0,200}?\bPG::", *_BUG),
        sign(
            rf"{_RUBY}[\\/][\w\\/.-]{{1,80}}\.rb:\d{{1,5}}:in .{{1,300}}?\((?:NoMethod|Name|Argument|Type|Load)Error\)",
            *_BUG,
        ),
        sign(rf"panic: runtime error: .{{1,600}}?{_GO}", *_BUG),
        sign(rf"panicked at .{{0,300}}?{_RUST}", *_BUG),
        sign(rf"{_LUA}[\w\\/.-]{{0,60}}\.lua:\d{{1,5}}: attempt to (?:index|call|compare|concatenate|perform)", *_BUG),
        sign(
            (
                r"\((?:FunctionClause|Match|Argument|Key|UndefinedFunction|CaseClause|BadMap|Protocol\.Undefined|"
                rf"Arithmetic|WithClause)Error\).{{1,600}}?\b{_BEAM}\b"
            ),
            *_BUG,
        ),
        *(
            sign(rf"\b{_BEAM}\w{{0,20}}\b.{{0,300}}?\b{word}\b", *_BUG)
            for word in ("function_clause", "badmatch", "case_clause", "badarg")
        ),
    ),
)
