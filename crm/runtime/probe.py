"""A container's health check without Django: `python -m crm.runtime.probe [worker|inbound|beat]`.

Without a part: the web process lives. With one: /healthz says that the part works. WEB_URL says
where the web is, SITE_URL which host name it expects.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

TIMEOUT = 4


def main(arguments: list[str]) -> str | None:
    """None when all is well, else what is wrong."""
    part = arguments[0] if arguments else None
    address = os.environ.get("WEB_URL", "http://127.0.0.1:8000")
    request = urllib.request.Request(  # noqa: S310 - the operator's own address
        f"{address}/healthz" if part else f"{address}/livez",
        headers={"Host": urlsplit(os.environ.get("SITE_URL", address)).netloc},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            body = answer.read()
    except urllib.error.HTTPError as error:
        # 503 still says which part is sick.
        body = error.read()
    except OSError as error:
        return f"The web does not answer: {error}"
    if part is None:
        return None if body == b"ok" else "The web does not answer as it should."
    try:
        finding = json.loads(body)[part]
    except (ValueError, KeyError):
        return "The web does not tell its health."
    return None if finding["ok"] else f"{part}: {finding['detail']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
