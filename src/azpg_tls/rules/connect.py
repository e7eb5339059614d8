"""Rules of the connect stage: TCP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from azpg_tls.azure import PGBOUNCER_PORT
from azpg_tls.observation import Reach
from azpg_tls.rules.rule import Found

if TYPE_CHECKING:
    from azpg_tls.evidence import Evidence
    from azpg_tls.observation import Connection


def _failed(e: Evidence, reach: Reach) -> Connection | None:
    """Return the connection if no address answered and *reach* is the most telling of the attempts."""
    if e.connection is None or e.connection.address:
        return None
    reaches = {attempt.reach for attempt in e.connection.attempts}
    # An answer, even a refusal, tells more than silence, and silence more than a missing route to one address.
    if next(r for r in (Reach.REFUSED, Reach.SILENT, Reach.UNREACHABLE) if r in reaches) is not reach:
        return None
    return e.connection


def _evidence(e: Evidence, connection: Connection) -> dict[str, object]:
    attempts = {attempt.address: attempt.error or attempt.reach.value for attempt in connection.attempts}
    return {"port": e.target.port, "attempts": attempts}


def tcp_refused(e: Evidence) -> Found | None:
    """Nothing accepts connections on that port.

    The host answered, and said that the port is closed.

    Why it happens:
    - PostgreSQL is not running, or is being restarted;
    - it listens on another port or another address (listen_addresses);
    - a firewall answers with a reset. On Azure, port 6432 is closed unless the built-in PgBouncer is enabled.

    Fix:
    - start the server, or connect to its real port; 5432 is PostgreSQL's, 6432 Azure's PgBouncer;
    - name the server's host: without one, clients go to localhost or a local socket, and in a container localhost is
      the container itself;
    - on Azure, enable PgBouncer (pgbouncer.enabled) before using 6432.

    See for yourself:
        psql "host=NAME port=PORT"   # Connection refused

    Sources: https://learn.microsoft.com/azure/postgresql/connectivity/concepts-pgbouncer
    """
    connection = _failed(e, Reach.REFUSED)
    if connection is None:
        return None
    fix = [f"Check that the server is running and listens on port {e.target.port}."]
    if e.target.cloud and e.target.port == PGBOUNCER_PORT:
        fix.append("Port 6432 is Azure's built-in PgBouncer: enable it (pgbouncer.enabled), or use port 5432.")
    return Found(f"{e.endpoint} refused the TCP connection.", _evidence(e, connection), tuple(fix))


def tcp_timeout(e: Evidence) -> Found | None:
    """The host does not answer on that port.

    The packets of the TCP connection were sent, and nothing came back.

    Why it happens:
    - a firewall or a network security group drops the packets, often an outgoing rule on the client's side;
    - the server has private access only, and its address is not reachable from here;
    - the server is stopped or the host is down.

    Fix:
    - allow outgoing TCP to port 5432 (and 6432), and check the network security groups on the way;
    - on Azure, check that the server is in the state Ready and that public access or a route to it exists.
      A missing firewall rule of the server itself shows later, as no-pg-hba-entry.

    See for yourself:
        timeout 5 bash -c '</dev/tcp/NAME/5432' || echo unreachable

    Sources: https://learn.microsoft.com/azure/postgresql/network/concepts-networking-public
    """
    connection = _failed(e, Reach.SILENT)
    if connection is None:
        return None
    fix = [f"Allow TCP to port {e.target.port} in the firewalls and network security groups between here and there."]
    if e.target.cloud:
        fix.append("Check in the Azure portal that the server is Ready, and whether it has private access only.")
    return Found(f"{e.endpoint} did not answer within the deadline.", _evidence(e, connection), tuple(fix))


def tcp_unreachable(e: Evidence) -> Found | None:
    """There is no route to the host.

    The operating system, or a router on the way, says that the address cannot be reached.

    Why it happens:
    - the address belongs to a private network to which this machine has no route;
    - the name resolves to IPv6 only, and this machine has none;
    - a local firewall forbids the connection.

    Fix:
    - connect the VPN or the peering that leads to the server's network;
    - name another address with --hostaddr.

    See for yourself:
        ip route get ADDRESS

    Sources: connect(2), ENETUNREACH and EHOSTUNREACH
    """
    connection = _failed(e, Reach.UNREACHABLE)
    if connection is None:
        return None
    address = connection.attempts[0].address
    fix = (f"Check the route, VPN or peering to the server's network: ip route get {address}",)
    return Found(f"The network has no way to {e.endpoint}.", _evidence(e, connection), fix)
