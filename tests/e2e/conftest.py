"""A real browser against a live server: any console error or blocked resource fails the test.

Debian's Chromium, or the one that CHROMIUM names. Where there is none, tests are skipped; in CI they fail.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

ARTIFACTS = Path(settings.BASE_DIR) / ".artifacts"
WIDTHS = {1440: 900, 360: 740, 320: 640}
# An answer that refuses is part of the product, not an error of the page.
EXPECTED = tuple(
    f"{words} {status}"
    for words in ("the server responded with a status of", "Response Status Error Code")
    for status in (403, 409, 410, 422)
)
# Theme and width, and which of axe's rules tell something new there: the other theme changes colors alone, and on a
# phone things are hidden for want of room.
COLORS: Mapping[str, Any] = {"runOnly": ["color-contrast"]}
BUT_COLORS: Mapping[str, Any] = {"rules": {"color-contrast": {"enabled": False}}}
DESK = (("light", 1440, {}), ("dark", 1440, COLORS))
DRESSES = (*DESK, ("dark", 360, BUT_COLORS))
# How slow a machine is fails no test: what is waited for usually comes in a tenth of a second.
expect.set_options(timeout=20_000)
REPORT_BLOCKED = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`blocked: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(chromium).exists():
        reason = f"There is no browser at {chromium}: install chromium, or name one in CHROMIUM."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return {
        "executable_path": chromium,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose console errors and policy violations fail the test at its end."""
    problems: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in EXPECTED):
            problems.append(f"{message.text} ({message.location.get('url', '')})")

    page = context.new_page()
    page.add_init_script(REPORT_BLOCKED)
    page.on("console", listen)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []


@pytest.fixture
def sign_in(live_server: Any, context: BrowserContext) -> Callable[[Any], None]:
    """`sign_in(recruiter)`: the browser has that user's session from now on."""

    def give_session(user: Any) -> None:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        context.add_cookies([cookie])

    return give_session


def dress(page: Page, *, theme: str, width: int) -> None:
    """Show pages in `theme` and `width` from now on."""
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": WIDTHS.get(width, 900)})


def shot(page: Page, name: str) -> Path:
    """Save what the page shows to .artifacts/<name>-<theme>-<width>.png."""
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    ARTIFACTS.mkdir(exist_ok=True)
    path = ARTIFACTS / f"{name}-{'dark' if dark else 'light'}-{page.viewport_size['width']}.png"
    page.screenshot(path=path)
    return path


def assert_accessible(page: Page, **options: Any) -> None:
    """axe finds nothing to say about the page as it is now."""
    # What passed is not sent over: it is most of the page.
    options = {"resultTypes": ["violations"], **options}
    found = Axe().run(page, options=options).response["violations"]
    assert [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ] == []


def assert_fits(page: Page) -> None:
    """Nothing makes the page scroll sideways."""
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0, f"{over} px too wide"


@dataclass(frozen=True)
class Look:
    """How pages are looked over: opened once, then dressed in turn."""

    page: Page
    # For axe.
    options: Mapping[str, Any] = field(default_factory=dict)

    def over(
        self,
        name: str,
        url: str,
        *,
        status: int = 200,
        picture: str = "",
        dresses: Sequence[tuple[str, int, Mapping[str, Any]]] = DRESSES,
        scrolls_sideways: bool = False,
    ) -> list[str]:
        """What is wrong with the page at `url`, a line each. `picture` names the screenshots to keep."""
        wrong = []
        for number, (theme, width, rules) in enumerate(dresses):
            dress(self.page, theme=theme, width=width)
            if number == 0:
                answer = self.page.goto(url)
                if answer is None or answer.status != status:
                    return [f"{name}: status {answer and answer.status}"]
            if picture:
                shot(self.page, picture)
            try:
                if not scrolls_sideways:
                    assert_fits(self.page)
                assert_accessible(self.page, **self.options, **rules)
            except AssertionError as error:
                wrong.append(f"{name}, {theme}, {width} px wide: {str(error)[:600]}")
        return wrong


def assert_free(page: Page, buttons: str) -> None:
    """No toast lies over one of these buttons."""
    expect(page.locator("#toasts .toast").last).to_be_visible()
    toasts = _box_of(page.locator("#toasts"))
    for button in page.locator(buttons).all():
        box = _box_of(button)
        assert (
            box["y"] + box["height"] <= toasts["y"]
            or toasts["y"] + toasts["height"] <= box["y"]
            or box["x"] + box["width"] <= toasts["x"]
        )


def _box_of(found: Locator) -> dict[str, float]:
    box = found.bounding_box()
    assert box is not None
    return {name: float(value) for name, value in box.items()}
