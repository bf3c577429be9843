"""What templates, styles and scripts may not contain: the content policy and the design tokens hold by these."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from lucide import IconDoesNotExist, _load_icon

ROOT = Path(settings.BASE_DIR)
# Mails are not pages: their styles are written into the elements. Nor is a file that people take away with them.
NO_PAGES = {"copy_file.html"}
TEMPLATES = [
    path
    for path in (ROOT / "templates").rglob("*.html")
    if "email" not in path.parts and path.name not in NO_PAGES
]
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))


TAG = re.compile(r"{%.*?%}", re.DOTALL)
VARIABLE = re.compile(r"{{.*?}}", re.DOTALL)
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}|<!--.*?-->", re.DOTALL)
FORBIDDEN = {
    "style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "inline script": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE
    ),
    "inline style": re.compile(r"<style", re.IGNORECASE),
    "event attribute": re.compile(r"<[^>]*\s(?:hx-)?on[a-z:-]+\s*=", re.IGNORECASE),
    "javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "evaluated htmx value": re.compile(r"hx-(?:vals|headers)=[\"']js:|hx-trigger=\"[^\"]*\["),
    "color": re.compile(r"\b(?:fill|stroke|color|bgcolor)=\"#[0-9a-f]{3,8}\"", re.IGNORECASE),
}
COLOR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|rgba|hsl|hsla|oklch|oklab|lab|lch)\(", re.IGNORECASE)


def text_of(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


def rules_of(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_templates_are_clean(what):
    found = [
        f"{path.relative_to(ROOT)}: {match.group(0)[:80]}"
        for path in TEMPLATES
        for match in FORBIDDEN[what].finditer(text_of(path))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("what", "html"),
    [
        ("style attribute", '<p style="width: 3%">'),
        ("inline script", "<script>alert(1)</script>"),
        ("inline style", "<style>p { }</style>"),
        ("event attribute", '<a href="#" onclick="go()">'),
        ("event attribute", '<a hx-on:click="go()">'),
        ("javascript address", '<a href="javascript:go()">'),
        ("color", '<path fill="#fff">'),
        ("evaluated htmx value", "<a hx-vals='js:{a: 1}'>"),
        ("evaluated htmx value", '<a hx-trigger="click[ctrlKey]">'),
    ],
)
def test_scan_notices(what, html):
    assert FORBIDDEN[what].search(html)


def test_colors_are_in_tokens_only():
    found = [
        f"{path.name}: {match.group(0)}"
        for path in STYLES
        if path.name != "tokens.css"
        for match in COLOR.finditer(re.sub(r"url\([^)]*\)", "", rules_of(path)))
        if "var(" not in match.group(0)
    ]

    assert found == []


def test_every_token_that_is_used_exists():
    defined = {name for path in STYLES for name in re.findall(r"(--[\w-]+)\s*:", rules_of(path))}
    used = {name for path in STYLES for name in re.findall(r"var\((--[\w-]+)\)", rules_of(path))}

    assert used - defined == set()


def classes_in_styles() -> set[str]:
    found: set[str] = set()
    for path in STYLES:
        rules = re.sub(r"url\([^)]*\)|\"[^\"]*\"", "", rules_of(path))
        found.update(re.findall(r"\.([a-zA-Z][\w-]*)", rules))
    return found


def classes_in(html: str) -> set[str]:
    plain = VARIABLE.sub("\0", TAG.sub(" ", html))
    named = " ".join(re.findall(r"\bclass=\"([^\"]*)\"", plain))
    named += " " + " ".join(re.findall(r"{% block main_class %}(.*?){% endblock %}", html))
    return {name for name in named.split() if "\0" not in name}


def test_every_class_has_a_style():
    known = classes_in_styles()

    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in TEMPLATES
        for name in classes_in(text_of(path)) - known
    }

    assert unknown == set()


def test_every_icon_exists():
    named = {
        (name, str(path.relative_to(ROOT)))
        for path in TEMPLATES
        for name in re.findall(r"{% icon \"([\w-]+)\"|icon_name=\"([\w-]+)\"", text_of(path))
        for name in name
        if name
    }
    missing = set()
    for name, path in named:
        try:
            _load_icon(name)
        except IconDoesNotExist:
            missing.add(f"{path}: {name}")

    assert missing == set()


def test_every_stylesheet_is_linked():
    linked = set(
        re.findall(r"css/([\w/]+\.css)", (ROOT / "templates/includes/styles.html").read_text())
    )
    files = {str(path.relative_to(ROOT / "static/css")) for path in STYLES}

    assert files - linked == {"admin.css"}


def test_scripts_do_not_evaluate_text():
    found = [
        f"{path.name}: {match.group(0)}"
        for path in SCRIPTS
        for match in re.finditer(
            r"\beval\(|new Function|innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write",
            path.read_text(),
        )
    ]

    assert found == []


def test_mails_of_the_system_are_read_in_the_dark():
    """Whatever stands on a ground of another color, or has a color without a ground of its own, has one for the night."""
    text = (ROOT / "templates" / "email" / "base.html").read_text()
    for name in ("color-scheme", "supported-color-schemes"):
        assert f'<meta name="{name}" content="light dark">' in text
    day, _, night = text.partition("@media (prefers-color-scheme: dark)")
    painted = {
        (selector, name)
        for selector, rules in re.findall(r"([.\w]+) {([^}]*)}", day)
        for name in re.findall(r"(?<![\w-])(color|background):", rules)
    }
    at_night = {
        (selector, name)
        for selector, rules in re.findall(r"([.\w]+) {([^}]*)}", night)
        for name in re.findall(r"(?<![\w-])(color|background):", rules)
    }
    # The button brings both of its own.
    assert painted - at_night == {(".button", "color"), (".button", "background")}


def test_what_is_confirmed_is_named():
    """“Are you sure?” says neither what is done nor to what."""
    asking = re.compile(r"<(?:form|button|a)\b(?:{%.*?%}|{{.*?}}|\"[^\"]*\"|[^>\"])*?>", re.DOTALL)
    tags = [
        (path.relative_to(ROOT), tag)
        for path in TEMPLATES
        for tag in asking.findall(text_of(path))
        if re.search(r"\sdata-confirm=", tag)
    ]

    assert len(tags) > 20
    unnamed = [name for name, tag in tags if not ("data-confirm-title=" in tag and "-verb=" in tag)]
    assert unnamed == []
