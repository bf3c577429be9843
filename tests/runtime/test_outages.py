"""T31, T32: the broker and the database of a running installation go down in the middle of a campaign."""

import json
import os
import signal
import time
from collections import Counter

from django.conf import settings

from tests.running import RunningApp, wait_until

# `make soak` restarts the database five times each way.
SOAK = bool(os.environ.get("SOAK"))
MAILS, RESTARTS = (2000, 5) if SOAK else (80, 1)
# Seconds within which everybody works again, and within which all mails have gone.
RECOVERY, DEADLINE = 10.0, 1800 if SOAK else 180
# Whose session it is, is asked of the database: there is none, so the answer is the page to sign in.
COOKIE = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={'x' * 32}"}
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT


def campaign(app: RunningApp, call: str) -> str:
    script = f"from tests.runtime import campaign; campaign.{call}"
    return app.manage("shell", "--no-imports", "-c", script)


def report_of(app: RunningApp) -> dict:
    return json.loads(campaign(app, "show()"))


def until_accepted(app: RunningApp, count: int) -> None:
    wait_until(
        lambda: len(report_of(app)["accepted"]) >= count,
        seconds=DEADLINE,
        what=f"{count} mails have gone",
    )


def answers_while_away(app: RunningApp) -> Counter[int]:
    """What the web says until the database is back."""
    began, answers = time.monotonic(), Counter[int]()
    while not (answers[503] and answers[200]):
        assert time.monotonic() - began < RECOVERY, answers
        status, page = app.get("/accounts/profile/", headers=COOKIE)
        answers[status] += 1
        if status == 503:
            assert "Back in a moment" in page
        time.sleep(0.02)
    return answers


def test_a_campaign_goes_on_when_broker_and_database_go_down(running_app):
    wait_until(lambda: running_app.health()["ok"], seconds=60, what="healthy")
    campaign(running_app, f"begin({MAILS})")
    until_accepted(running_app, 5)

    running_app.kill_server("valkey")
    wait_until(lambda: running_app.health()["ok"], seconds=90, what="healthy without a human")
    for number in range(RESTARTS):
        for how in (FAST, IMMEDIATE):
            until_accepted(running_app, MAILS * (2 * number + 1) // (2 * RESTARTS + 2))
            running_app.kill_server("postgres", how)
            assert answers_while_away(running_app).keys() == {503, 200}

    wait_until(
        lambda: report_of(running_app)["unsettled"] == 0, seconds=DEADLINE, what="all mails settled"
    )
    report = report_of(running_app)
    assert set(report["accepted"].values()) == {1}
    states = Counter(state for state, _, _ in report["messages"])
    assert states.keys() <= {"sent", "ambiguous"}
    assert states.total() == MAILS
    for state, message_id, problem in report["messages"]:
        assert message_id in report["accepted"] if state == "sent" else problem
    assert report["accepted"].keys() <= {message_id for _, message_id, _ in report["messages"]}
    assert "Traceback" not in (running_app.data_dir / "logs" / "web.log").read_text()
