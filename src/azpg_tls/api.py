"""Probing from Python: what the command line does, for programs."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, TypedDict, Unpack

from azpg_tls import anchors, pins
from azpg_tls.check import check, judge
from azpg_tls.errors import InputError
from azpg_tls.network import DEFAULT_TIMEOUT, Clock
from azpg_tls.policy import Policy
from azpg_tls.target import TargetOptions, parse, sslrootcert_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azpg_tls.case import Case
    from azpg_tls.report import Report


MAX_TIMEOUT = 3600.0  # seconds
CLOCK = Clock(lambda: dt.datetime.now(dt.UTC), time.monotonic)


def probe(
    target: str,
    *,
    port: int | None = None,
    hostaddr: str = "",
    server_name: str = "",
    sni: bool = True,
    sslrootcert: str = "bundle",
    cloud: str | None = None,
    sslnegotiation: str = "",
    min_tls: str = "TLSv1.2",
    max_depth: int | None = None,
    expect_issuer: str = "",
    pin: str | Iterable[str] = (),
    expires_within: int = 14,
    user: str = "",
    dbname: str = "",
    startup: bool = True,
    timeout: float = DEFAULT_TIMEOUT,
) -> Report:
    """Probe one target and return the report; the keywords are the command's options, *timeout* in seconds.

    The environment is not read. What is wrong with the server is in the report; raises `InputError` if the target,
    a demand or the root file cannot be used.
    """
    return judge(
        observed(
            target,
            port=port,
            hostaddr=hostaddr,
            server_name=server_name,
            sni=sni,
            sslrootcert=sslrootcert,
            cloud=cloud,
            sslnegotiation=sslnegotiation,
            min_tls=min_tls,
            max_depth=max_depth,
            expect_issuer=expect_issuer,
            pin=pin,
            expires_within=expires_within,
            user=user,
            dbname=dbname,
            startup=startup,
            timeout=timeout,
        )
    )


class Options(TypedDict, total=False):
    """The keywords of `probe`."""

    port: int | None
    hostaddr: str
    server_name: str
    sni: bool
    sslrootcert: str
    cloud: str | None
    sslnegotiation: str
    min_tls: str
    max_depth: int | None
    expect_issuer: str
    pin: str | Iterable[str]
    expires_within: int
    user: str
    dbname: str
    startup: bool
    timeout: float


def observed(target: str, **asked: Unpack[Options]) -> Case:
    """Probe one target as `probe` does, and return what its report follows from."""
    if target.startswith("lab:"):
        raise InputError("the laboratory is there for the command line: azpg-tls probe lab:SCENARIO")
    timeout = asked.get("timeout", DEFAULT_TIMEOUT)
    if not 0 < timeout <= MAX_TIMEOUT:
        raise InputError(f"timeout {timeout} is not above 0 and at most {MAX_TIMEOUT:g} seconds")
    options = TargetOptions(
        asked.get("port"),
        asked.get("hostaddr", ""),
        asked.get("server_name", ""),
        asked.get("sni", True),
        asked.get("sslnegotiation", ""),
        asked.get("user", ""),
        asked.get("dbname", ""),
        asked.get("startup", True),
        asked.get("cloud"),
    )
    parsed = parse(target, options)
    trust = anchors.load(sslrootcert_of(target) or asked.get("sslrootcert", "bundle"), parsed.cloud or "public")
    pin = asked.get("pin", ())
    wanted = (pin,) if isinstance(pin, str) else pin
    policy = Policy(
        asked.get("min_tls", "TLSv1.2"),
        asked.get("max_depth"),
        asked.get("expect_issuer", ""),
        tuple(map(pins.parse, wanted)),
        asked.get("expires_within", 14),
    )
    return check(parsed, trust, policy, timeout=timeout, clock=CLOCK)
