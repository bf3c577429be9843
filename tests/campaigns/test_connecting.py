"""What is connected to when a member names a mail server: what was looked at, whatever the name leads to afterwards."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from campaigns.services.connecting import SmtpBackend, open_mailbox
from campaigns.services.hosts import HostRefused, check_host

PUBLIC, INNER = "9.9.9.9", "127.0.0.1"
HOST = "mail.evil.example"


def open_smtp(security: str) -> None:
    backend = SmtpBackend(
        host=HOST, port=587, use_ssl=security == "tls", use_tls=security == "starttls", timeout=1
    )
    backend.open()


def open_imap(security: str) -> None:
    open_mailbox(HOST, 143, security, timeout=1)


DOORS = [
    pytest.param(way, security, id=f"{way.__name__} {security}")
    for way in (open_smtp, open_imap)
    for security in ("none", "starttls", "tls")
]


@pytest.fixture
def connected(monkeypatch, settings) -> list[str]:
    """The addresses that somebody tried to connect to; nothing leaves this machine."""
    settings.PRIVATE_MAIL_HOSTS = False
    tried: list[str] = []

    def refuse(address, *args, **kwargs):
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


def lead(monkeypatch, *answers: str) -> None:
    """Let the name lead to one address after the other."""
    left = list(answers)

    def resolve(host, port, *args, **kwargs):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(("way", "security"), DOORS)
def test_a_name_that_leads_inside_after_it_was_checked_reaches_nothing(
    way: Callable[[str], None], security, connected, monkeypatch
):
    lead(monkeypatch, PUBLIC, INNER)
    check_host(HOST, 587)

    with pytest.raises((HostRefused, ConnectionRefusedError)):
        way(security)

    assert connected == []


@pytest.mark.parametrize(("way", "security"), DOORS)
def test_what_was_looked_at_is_connected_to(
    way: Callable[[str], None], security, connected, monkeypatch
):
    lead(monkeypatch, PUBLIC, INNER)

    with pytest.raises(ConnectionRefusedError):
        way(security)

    assert connected == [PUBLIC]


@pytest.fixture
def certificate(tmp_path) -> Path:
    """Key and certificate of a server called 127.0.0.1, which nobody has vouched for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, INNER)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(INNER))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """An IMAP server over TLS that greets one client, and says what it can."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server((INNER, 0))

    def serve() -> None:
        plain, _ = listener.accept()
        with plain:
            try:
                with context.wrap_socket(plain, server_side=True) as client:
                    client.sendall(b"* OK ready\r\n")
                    tag = client.recv(1000).split()[0]
                    client.sendall(b"* CAPABILITY IMAP4REV1\r\n" + tag + b" OK done\r\n")
            except OSError:
                return

    server = Thread(target=serve, daemon=True)
    server.start()
    yield listener.getsockname()[1]
    server.join(timeout=5)
    listener.close()


def test_a_password_goes_to_no_server_that_nobody_vouched_for(settings, port):
    settings.PRIVATE_MAIL_HOSTS = True

    with pytest.raises(ssl.SSLCertVerificationError):
        open_mailbox(INNER, port, "tls", timeout=5)


def test_a_server_whose_certificate_is_valid_is_let_in(settings, port, certificate, monkeypatch):
    settings.PRIVATE_MAIL_HOSTS = True
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    mailbox = open_mailbox(INNER, port, "tls", timeout=5)

    assert "IMAP4REV1" in mailbox.client.capabilities
    mailbox.client.shutdown()
