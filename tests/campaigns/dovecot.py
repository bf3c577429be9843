"""A real IMAP server for tests: Debian's Dovecot, on a free port of this machine."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

USER, PASSWORD = "robin", "correct-horse-battery-staple"

CONFIG = """\
protocols = imap
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
instance_name = rapport-tests
log_path = {base}/log
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
ssl = no
disable_plaintext_auth = no
imap_fetch_failure = no-after
mail_location = maildir:{base}/mail:INBOX={base}/mail
first_valid_uid = 0
first_valid_gid = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {base}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def is_installed() -> bool:
    return program() is not None


def program() -> str | None:
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")


@dataclass
class Dovecot:
    """One running server with one mailbox."""

    base: Path
    port: int
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


def start(base: Path) -> Dovecot:
    """Start the server with its files in `base`, and wait until it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base.chmod(0o755)
    for name in ("run", "state", "mail", "home"):
        (base / name).mkdir(exist_ok=True)
    (base / "passwd").write_text(f"{USER}:{PASSWORD}\n")
    (base / "passwd").chmod(0o644)
    # Debian's own users where root runs the tests (as CI does): Dovecot refuses to serve as root.
    internal, login, mail = (
        ("dovecot", "dovenull", "nobody") if os.getuid() == 0 else (base.owner(),) * 3
    )
    owner = pwd.getpwnam(mail)
    if os.getuid() == 0:
        for name in ("mail", "home"):
            os.chown(base / name, owner.pw_uid, owner.pw_gid)
    config = base / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            base=base,
            internal=internal,
            login=login,
            group=grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            port=port,
        )
    )
    command = program()
    assert command is not None
    process = subprocess.Popen([command, "-F", "-c", str(config)])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as answer:
                if answer.recv(100).startswith(b"* OK"):
                    return Dovecot(base, port, process)
        except OSError:
            time.sleep(0.1)
    log = (base / "log").read_text() if (base / "log").exists() else ""
    process.kill()
    raise RuntimeError(f"Dovecot did not start: {log[-2000:]}")
