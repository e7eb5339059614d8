"""Report to text, for an engineer at night: the verdict and the cause first, what to do next, the proof below."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azpg_tls.catalogue import BY_CODE
from azpg_tls.render import session
from azpg_tls.report import Severity, Status, Verdict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from azpg_tls.certificate import Certificate
    from azpg_tls.report import ChainView, Finding, LoginView, Report, StageResult, StartupView, TargetView, TlsView

_ENDINGS = {"closed": " (closed)", "reset": " (reset)", "silent": " (silent)"}
_SHOWN_CERTIFICATES = 10  # the longest of Azure's chains has four
MIN_WIDTH = 40  # characters; narrower terminals wrap by themselves

_SHOWN_NAMES = 10


@dataclass(frozen=True)
class Style:
    """How wide the text is, in characters, and whether it is coloured (ECMA-48 SGR)."""

    width: int = 100
    color: bool = False

    def paint(self, text: str, sgr: str) -> str:
        """Return *text* in the given rendition, plain if there is no colour."""
        return f"\x1b[{sgr}m{text}\x1b[0m" if self.color and text else text

    def bold(self, text: str) -> str:
        """Return *text* as a heading."""
        return self.paint(text, "1")

    def wrap(self, text: str, indent: str = "  ", first: str | None = None) -> str:
        """Return *text* as a paragraph; addresses and digests are never broken."""
        return textwrap.fill(
            text,
            max(self.width, MIN_WIDTH),
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


VERDICT_SGR = {Verdict.PASS: "1;32", Verdict.WARN: "1;33", Verdict.FAIL: "1;31", Verdict.UNREACHABLE: "1;31"}
_STATUS_SGR = {Status.OK: "32", Status.FAILED: "31", Status.SKIPPED: "2"}
_SEVERITY_SGR = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}


def render(report: Report, style: Style) -> str:
    """Return *report* as text, its last line ended."""
    parts = [_first_line(report, style)]
    main = report.diagnosis or _first_warning(report)
    if main:
        parts.append(explained(main, style))
    if report.login:
        parts.extend(session.render(report.login, style))
    others = [finding for finding in report.findings if finding is not main]
    if others:
        heading = style.bold("Also found" if main else "Found")
        parts.append("\n".join([heading, *(also(finding, style) for finding in others)]))
    parts.append("\n".join([style.bold("Stages"), *(_stage(stage, report, style) for stage in report.stages)]))
    if report.tls:
        parts.append(_tls(report.tls, style))
    if report.chain:
        parts.extend(_chains(report.chain, style))
    if report.startup:
        parts.append(_login(report.startup, style, report.login))
    return "\n\n".join(parts) + "\n"


def _first_line(report: Report, style: Style) -> str:
    target = report.target
    endpoint = f"[{target.host}]:{target.port}" if ":" in target.host else f"{target.host}:{target.port}"
    shown = endpoint if target.input in (endpoint, target.host) else f"{target.input} ({endpoint})"
    word = style.paint(report.verdict.name, VERDICT_SGR[report.verdict])
    main = report.diagnosis or _first_warning(report)
    sentence = f"{main.title} ({main.code})" if main else _all_is_well(report)
    return f"{word}  {shown}: {sentence}"


def _all_is_well(report: Report) -> str:
    name, tls = report.target.server_name, report.tls
    version = f" over {tls.version}" if tls else ""
    if report.login and report.login.session:
        as_whom = report.login.session.current_user or report.login.user
        return f"The server proved to be {name}{version}; logged in as {as_whom}"
    return f"The server proved to be {name}{version}"


def _first_warning(report: Report) -> Finding | None:
    return next((finding for finding in report.findings if finding.severity is Severity.WARNING), None)


def explained(finding: Finding, style: Style) -> str:
    """Return the finding that matters most in full: what was seen, why it happens, what to do."""
    reasons = [style.wrap(reason, "    ", "  - ") for reason in BY_CODE[finding.code].page.reasons]
    # A command has to survive being copied: what is to be done is not wrapped.
    steps = [f"  {number}. {step}" for number, step in enumerate(finding.fix, 1)]
    lines = [style.wrap(finding.detail), "", style.bold("Why it happens"), *reasons, ""]
    lines += [style.bold("What to do"), *steps, ""]
    return "\n".join([*lines, f"More, and how to see it for yourself: azpg-tls explain {finding.code}"])


def also(finding: Finding, style: Style) -> str:
    """Return a finding beside it in short."""
    severity = style.paint(finding.severity.value, _SEVERITY_SGR[finding.severity])
    return f"  {severity} {finding.code}\n{style.wrap(finding.detail, '    ')}"


def _stage(stage: StageResult, report: Report, style: Style) -> str:
    status = style.paint(f"{stage.status.value:<9}", _STATUS_SGR[stage.status])
    time = f"{stage.ms:8.1f} ms" if stage.ms else " " * 11
    note = stage.reason or _note(stage, report)
    return f"  {status}{stage.name.value:<12}{time}  {note}".rstrip()


def _note(stage: StageResult, report: Report) -> str:
    target = report.target
    if stage.name == "resolve":
        alias = target.canonical_name if target.canonical_name != target.host else None
        return ", ".join(target.addresses) + (f" ({alias})" if alias else "") + _in_ascii(target)
    if stage.name == "connect":
        return f"{target.address} port {target.port}"
    return ""


def _in_ascii(target: TargetView) -> str:
    """Return that the host's name was turned into ASCII, which libpq leaves to whoever calls it; empty if it was not.

    A client that does as libpq does looks the name up as it was written, and finds nothing.
    """
    turned = "xn--" in target.host and target.host not in target.input.lower() and not target.input.isascii()
    return f"; libpq needs the name in ASCII: host={target.host}" if turned else ""


def _tls(tls: TlsView, style: Style) -> str:
    facts = [tls.version, tls.cipher, tls.group, f"ALPN {tls.alpn or 'none'}", f"SNI {tls.sni or 'none'}"]
    facts += ["OCSP response stapled"] if tls.ocsp_stapled else []
    return f"{style.bold('TLS')}\n{style.wrap(', '.join(fact for fact in facts if fact))}"


def _chains(chain: ChainView, style: Style) -> Iterator[str]:
    yield "\n".join([style.bold("Presented chain"), *_tree(chain.presented, style)])
    if not chain.verified:
        yield f"{style.bold('Verified path')}\n  none: no path that OpenSSL accepts"
        return
    generation = f", Azure's generation {chain.azure_generation}" if chain.azure_generation else ""
    count = f"{chain.intermediates} intermediate{'' if chain.intermediates == 1 else 's'}"
    summary = f"{count}{generation}, first expiry {_day(chain.not_after)}"
    presented = {certificate.sha256 for certificate in chain.presented}
    yield "\n".join([f"{style.bold('Verified path')} ({summary})", *_tree(chain.verified, style, presented)])


def _tree(certificates: Sequence[Certificate], style: Style, shown: Collection[str] = ()) -> Iterator[str]:
    """Draw *certificates*, each below the one that it signed, by their names; those in *shown* (SHA-256) in short."""
    depth = 0
    for place, certificate in enumerate(certificates[:_SHOWN_CERTIFICATES]):
        previous = certificates[place - 1] if place else None
        # Out of order, a new tree begins.
        depth = depth + 1 if previous and previous.issuer.der == certificate.subject.der else 0
        branch = "" if depth == 0 else "   " * (depth - 1) + "└─ "
        below = "   " * depth
        if certificate.sha256 in shown:
            yield f"  {branch}{certificate.subject.text} (as presented)"
            continue
        yield f"  {branch}{style.bold(certificate.subject.text)}"
        yield f"  {below}  issuer  {certificate.issuer.text}"
        dates = f"{_day(certificate.not_before)} to {_day(certificate.not_after)}"
        yield f"  {below}  valid   {dates}, {certificate.key}, {certificate.signature}"
        yield f"  {below}  sha256  {certificate.sha256}"
        if certificate.sans:
            more = len(certificate.sans) - _SHOWN_NAMES
            names = ", ".join(certificate.sans[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
            yield f"  {below}  names   {names}"
    if len(certificates) > _SHOWN_CERTIFICATES:
        yield f"  … and {len(certificates) - _SHOWN_CERTIFICATES} more: --format json shows all"


def _login(startup: StartupView, style: Style, tried: LoginView | None) -> str:
    if startup.auth_method == "none":
        said = "the server lets this user in without asking for anything (trust, peer or a certificate)"
    elif startup.auth_method:
        mechanisms = f" ({', '.join(startup.sasl_mechanisms)})" if startup.sasl_mechanisms else ""
        said = f"the server asks for {startup.auth_method}{mechanisms}"
    elif startup.error and tried and tried.session:
        said = "the server refused the probe, which shows no client certificate, and took the login"
    elif startup.error:
        said = "the server refused before asking for anything"
    else:
        said = f"no answer to the StartupMessage{_ENDINGS.get(startup.answer, '')}"
    said += "" if tried and tried.credential else "; nothing secret was sent"
    said += f". The user {tried.user} was named by {tried.user_from}." if tried and tried.user_from else ""
    return f"{style.bold('Login')}\n{style.wrap(said)}"


def _day(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "unreadable"


def render_all(reports: Iterable[Report], style: Style = Style()) -> str:
    """Return several reports, a line between each."""
    return rule(style).join(render(report, style) for report in reports)


def rule(style: Style) -> str:
    """Return the line that stands between two reports."""
    return "─" * min(style.width, 100) + "\n"
