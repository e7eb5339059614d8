"""Probing from Python: what the command line does, for programs."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from azpg_tls import anchors, pins
from azpg_tls.check import check, judge
from azpg_tls.errors import InputError
from azpg_tls.network import DEFAULT_TIMEOUT, Clock
from azpg_tls.policy import Policy
from azpg_tls.target import TargetOptions, parse, sslrootcert_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from azpg_tls.report import Report


MAX_TIMEOUT = 3600.0  # seconds


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
    if target.startswith("lab:"):
        raise InputError("the laboratory is there for the command line: azpg-tls probe lab:SCENARIO")
    if not 0 < timeout <= MAX_TIMEOUT:
        raise InputError(f"timeout {timeout} is not above 0 and at most {MAX_TIMEOUT:g} seconds")
    options = TargetOptions(port, hostaddr, server_name, sni, sslnegotiation, user, dbname, startup, cloud)
    parsed = parse(target, options)
    trust = anchors.load(sslrootcert_of(target) or sslrootcert, parsed.cloud or "public")
    wanted = (pin,) if isinstance(pin, str) else pin
    policy = Policy(min_tls, max_depth, expect_issuer, tuple(map(pins.parse, wanted)), expires_within)
    clock = Clock(lambda: dt.datetime.now(dt.UTC), time.monotonic)
    return judge(check(parsed, trust, policy, timeout=timeout, clock=clock))
