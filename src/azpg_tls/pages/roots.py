"""Pages of the files that a client verifies with: roots, certificates and keys, and lists of revoked certificates."""

from __future__ import annotations

from azpg_tls.page import Page

ROOTS: dict[str, Page] = {
    "root-file-missing": Page("""\
The file of trusted roots that the client was told of, or looks for, is not there.

The client stopped before the handshake: it has to verify the server, and has nothing to verify it with.

Why it happens:
- sslmode=verify-ca or verify-full was asked for without sslrootcert, and ~/.postgresql/root.crt does not exist
  (Windows: %APPDATA%\\postgresql\\root.crt);
- the path is right on another machine: not in the container, not relative to this directory, with ~ or a variable
  that nothing expanded;
- the program runs as another user, so that ~ is another directory or none;
- sslrootcert=system, and libpq is older than 16: it looks for a file named system.

Fix:
- name the file with its full path; for Azure, azpg-tls bundle path prints one;
- libpq: sslrootcert=ROOTS or PGSSLROOTCERT; since libpq 16, sslrootcert=system takes the system's roots;
- pgjdbc: sslrootcert=ROOTS, or sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory for those of the JVM;
- Npgsql: Root Certificate=ROOTS; node-postgres: ssl: { ca: fs.readFileSync("ROOTS", "utf8") };
- in a container, copy the file into the image or mount it, and look from inside whether it is there.

See for yourself:
    ls -l ROOTS
    psql "host=NAME sslmode=verify-full sslrootcert=ROOTS"

Sources: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-FILEUSAGE"""),
    "root-file-format": Page("""\
A certificate or key file is there, and the client cannot read what is in it.

Why it happens:
- DER where the client wants PEM (Microsoft's .crt downloads are DER), or PKCS#12 or JKS;
- a download that is a page of HTML, an empty file, or a PEM block that lost its lines on the way through a variable;
- the path was stored where the contents belong, or the contents where the path belongs;
- the file holds several certificates, or text before them, and this client reads one, and only that;
- a key in another form than the client's: pgjdbc before 42.7.9 took PKCS#8 in DER or PKCS#12, no PEM; OpenSSL 3
  refuses PKCS#12 files with RC2-40, as older tools write them;
- a key that is encrypted, without its passphrase, or that does not belong to the certificate.

Fix:
- see what it is, and convert it: openssl x509 -inform DER -in ROOT.crt -out ROOTS;
- keep line ends when the text goes through an environment variable: base64, or a file that is mounted;
- pgjdbc's key: openssl pkcs8 -topk8 -nocrypt -in KEY -outform DER -out KEY.pk8;
- PKCS#12 with RC2-40: unpack it with openssl pkcs12 -legacy, pack it anew without -legacy;
- for Azure, take the file that azpg-tls bundle path prints.

See for yourself:
    azpg-tls bundle verify ROOTS
    openssl storeutl -noout -certs ROOTS   # Total found: …

Sources: https://docs.openssl.org/3.0/man1/openssl-pkcs12/; https://jdbc.postgresql.org/documentation/ssl/"""),
    "root-file-permissions": Page("""\
A certificate or key file may not be read by this user, or by too many others.

libpq refuses a client key that others can read. It also looks for ~/.postgresql/postgresql.crt when TLS is on, and
gives up when it may not look there, although it needs no client certificate.

Why it happens:
- the key is readable by group or world: a Kubernetes secret is mounted with its default mode, 0644;
- the process runs as another user with HOME=/root, and may not look into /root/.postgresql;
- the file belongs to root, or the directory above it is closed, or SELinux forbids it.

Fix:
- the key: chmod 600, owned by the user of the process; or 640, owned by root;
- in Kubernetes: defaultMode: 0440 and an fsGroup, so that root owns the file and the group reads it; libpq from before
  2022 refuses that too: copy the key in an init container, chmod 600;
- no client certificate: set HOME to a directory of the user's, or PGSSLCERT=/nonexistent, so that libpq finds none;
- roots: they are public, chmod 644.

See for yourself:
    namei -l ROOTS
    id

Sources: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-CLIENTCERT"""),
    "root-store-outdated": Page("""\
The client's roots are older than the server's chain.

The server's certificate ends at a root that this client's file or store does not have, because it was made before
the CA or the provider changed.

Why it happens:
- a root was pinned years ago: Baltimore CyberTrust Root, which Azure left in 2022 to 2023; DigiCert Global Root CA,
  from which its chains moved between 2024 and 2026; DST Root CA X3;
- only Microsoft RSA Root Certificate Authority 2017 is pinned: the chains since November 2025 end at DigiCert Global
  Root G2;
- an old image, JVM, certifi or operating system brought the store along.

Fix:
- pin all of the provider's roots, not the one of today. For Azure: DigiCert Global Root G2 and Microsoft RSA Root
  Certificate Authority 2017, the file that azpg-tls bundle path prints;
- a system's store: apt-get install --only-upgrade ca-certificates, or the distribution's like;
- take the old file out wherever it lies: ~/.postgresql/root.crt, PGSSLROOTCERT, the image, the Kubernetes secret.

See for yourself:
    openssl storeutl -noout -text -certs ROOTS | grep -E 'Subject:|Not After'
    azpg-tls probe NAME --sslrootcert ROOTS

Sources: https://learn.microsoft.com/azure/postgresql/security/security-tls;
    https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details"""),
    "intermediate-pinned": Page("""\
The client trusts an intermediate or the server's own certificate, in place of the root.

It worked until the server got its next certificate. Microsoft does not announce changes of intermediates, and says
that to pin them is not supported.

Why it happens:
- the certificate was copied from openssl s_client -showcerts, whose output has no root;
- a pin (sslrootcert, thumbprint, SPKI hash) was made of the certificate that was served that day;
- the server moved from Microsoft Azure RSA TLS Issuing CA to Microsoft TLS G2 RSA CA OCSP, or to another number of
  it;
- OpenSSL 1.1 and later take an intermediate as an anchor only with X509_V_FLAG_PARTIAL_CHAIN, so that one client
  accepts such a file, and another does not.

Fix:
- put the roots into the file, and nothing else: what azpg-tls bundle path prints;
- pin keys of roots, if pins have to be;
- keep server certificates out of trust stores: theirs last months.

See for yourself:
    azpg-tls bundle verify ROOTS
    openssl storeutl -noout -text -certs ROOTS | grep -E 'Issuer:|Subject:'   # a root has the same name twice

Sources: https://learn.microsoft.com/azure/postgresql/security/security-tls;
    https://docs.openssl.org/3.0/man1/openssl-verification-options/"""),
    "erlang-missing-cacerts": Page("""\
Erlang's ssl was asked to verify the server, and was given no roots.

Since OTP 26 the ssl application verifies by default (verify_peer), and takes no roots by itself. Without cacerts or
cacertfile it stops before the handshake: {options,incompatible,[{verify,verify_peer},{cacerts,undefined}]}.

Why it happens:
- the runtime moved to OTP 26 or later, and the options say ssl: true and nothing more;
- a release or framework takes the TLS options under another name, and does not pass the file on;
- an older Postgrex did not verify with ssl: true, and warned of it.

Fix:
- Ecto and Postgrex: ssl: [cacertfile: "ROOTS"]; before Postgrex 0.18: ssl: true, ssl_opts: [cacertfile: "ROOTS",
  verify: :verify_peer, server_name_indication: ~c"HOST"];
- the system's roots: ssl: [cacerts: :public_key.cacerts_get()], since OTP 25;
- epgsql: ssl => required, ssl_opts => [{verify, verify_peer}, {cacertfile, "ROOTS"}, {server_name_indication,
  "HOST"}];
- old releases of OTP allow one intermediate (depth: 1 in OTP 20, 10 today), and Azure's chain has two: depth: 3.

See for yourself:
    erl -noshell -eval 'io:format("~s~n", [erlang:system_info(otp_release)]), halt().'

Sources: https://www.erlang.org/doc/apps/ssl/ssl.html; https://hexdocs.pm/postgrex/Postgrex.html#start_link/1"""),
    "revocation-check-failed": Page("""\
The client wanted to know whether the certificate was revoked, and could not find out.

Nothing says that the certificate is revoked. The client treats "unknown" as a refusal.

Why it happens:
- the network blocks plain HTTP to the CA: port 80 of oneocsp.microsoft.com, ocsp.digicert.com, crl3.digicert.com,
  www.microsoft.com and crl2.microsoft.com;
- a private CA publishes no CRL and no OCSP address, as those of some providers;
- the client looks only into its cache: Npgsql 9.0.0 and 9.0.1 asked .NET for an offline check;
- sslcrl or sslcrldir names lists that are old, or lack one of the issuers;
- the server staples an answer that is out of date.

Fix:
- let the client's network reach those hosts on port 80, through its proxy if it has one;
- Npgsql: update from 9.0.0 and 9.0.1; Check Certificate Revocation=true only where the CA publishes lists;
- libpq: update the files of sslcrl or sslcrldir, or remove the setting, and ~/.postgresql/root.crl;
- Java: com.sun.net.ssl.checkRevocation and ocsp.enable in the JVM's settings decide.

See for yourself:
    curl -sSo /dev/null -w '%{http_code}\\n' http://crl3.digicert.com/DigiCertGlobalRootG2.crl   # 200

Sources: https://github.com/npgsql/npgsql/issues/5942;
    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-SSLCRL"""),
}
