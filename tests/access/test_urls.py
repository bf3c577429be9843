"""A walk over every address of an organization (T1, T2, T3, T16, T18): a new URL without a rule fails the build.

Addresses outside of organizations are walked by `test_site_urls.py`.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.forms import BaseForm, ModelChoiceField
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RoutePattern

from crm.accounts.models import User
from crm.runtime.local import ROOT
from crm.tenancy.checks import owned_models
from crm.tenancy.models import RESERVED_SLUGS
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.access.role_table import ROUTES, Route
from tests.access.world import World, snapshot
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

# The organization's Django admin is walked by its own tests: its addresses are Django's.
ADMIN_NAMESPACE = "organization_admin"
# Where a token is the credential, `test_api_urls.py` walks.
API_NAMESPACE = "api:v1:"
NO_SUCH_ID = 2_000_000_000


def walk(
    patterns: list[URLPattern | URLResolver], namespace: str = "", prefix: str = ""
) -> Iterator[tuple[str, str, URLPattern]]:
    """(name, route, pattern) of every address below `patterns`."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from walk(pattern.url_patterns, inner, route)
        else:
            yield ":".join(filter(None, [namespace, pattern.name or "?"])), route, pattern


ORGANIZATION_URLS = {
    name: (route, pattern)
    for name, route, pattern in walk(get_resolver(settings.ORGANIZATION_URLCONF).url_patterns)
    if name.split(":")[0] != ADMIN_NAMESPACE and not name.startswith(API_NAMESPACE)
}
WALKED = [pytest.param(name, route, id=name) for name, route in sorted(ROUTES.items())]
READ = [
    pytest.param(name, route, id=name)
    for name, route in sorted(ROUTES.items())
    if "GET" in route.methods
]
POSTED = [
    pytest.param(name, route, id=name)
    for name, route in sorted(ROUTES.items())
    if "POST" in route.methods
]
WITH_OBJECTS = [
    pytest.param(name, route, id=name) for name, route in sorted(ROUTES.items()) if route.objects
]
WITH_DATA = [
    pytest.param(name, route, id=name) for name, route in sorted(ROUTES.items()) if route.data
]


@pytest.fixture
def acme(here):
    return here.organization


@pytest.fixture
def owner(here):
    return here.member


@pytest.fixture
def manager(here):
    return User.objects.get(email="hiring_manager@acme.example")


@pytest.fixture
def stranger(there):
    return there.member


def address(
    name: str, route: Route, world: World, *, slug: str = "acme", objects: World | int | None = None
) -> str:
    """The path of `name` under `slug`, with ids from `objects` (a world, or one id for all)."""
    source = world if objects is None else objects
    kwargs = {
        argument: source if isinstance(source, int) else source[label].pk
        for argument, label in route.objects.items()
    }
    with acting_in(world.organization):
        path = reverse(
            name, urlconf=settings.ORGANIZATION_URLCONF, kwargs={**kwargs, **route.kwargs}
        )
    return path.replace(f"/{world.organization.slug}/", f"/{slug}/", 1)


def ask(client: Client, path: str, route: Route, world: World, method: str | None = None):
    method = method or route.methods[-1]
    if method == "GET":
        response = client.get(path, route.query(world) if route.query else {})
    else:
        response = client.post(path, route.data(world) if route.data else {})
    body_of(response)
    return response


def body_of(response: Any) -> bytes:
    """All that was answered; a file is read to its end, which closes it."""
    if response.streaming:
        content = b"".join(response.streaming_content)
        # It can be read once.
        response.streaming_content = [content]
        return content
    return response.content


def without_token(content: bytes) -> bytes:
    """The page without its CSRF token, which is masked anew in every answer."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"", content)


def told_by(response: Any) -> tuple[int, bytes, dict[str, str], list[str]]:
    """All by which two answers could be told apart: status, page, headers, names of cookies.

    Without what is another one in every answer: the CSRF token, the request's id, the policy's nonce.
    """
    headers = {
        name: re.sub(r"'nonce-[^']+'", "", value)
        for name, value in response.headers.items()
        if name not in {"Date", "X-Request-ID", "Content-Length"}
    }
    content = re.sub(rb'nonce="[^"]+"', b"", without_token(body_of(response)))
    return response.status_code, content, headers, sorted(response.cookies)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_address_is_in_the_table():
    missing = sorted(set(ORGANIZATION_URLS) - set(ROUTES))
    assert not missing, f"Add to tests/access/role_table/: {missing}"
    assert not set(ROUTES) - set(ORGANIZATION_URLS)


def test_every_site_level_address_has_a_reason_and_a_reserved_first_segment():
    """The reasons are the rules of `site_table.py`; no organization may take the first segment."""
    for name, route, _ in walk(get_resolver(settings.ROOT_URLCONF).url_patterns):
        first = re.split(r"[/<^$]", route.lstrip("^"))[0]
        assert not first or first in RESERVED_SLUGS, f"{name}: reserve “{first}” as a slug"


def test_an_unlisted_address_is_noticed():
    pattern = URLPattern(RoutePattern("new/"), lambda request: None, name="new")
    names = {name for name, _, _ in walk([pattern])}
    assert names - set(ROUTES) == {"new"}


def unproven(routes: dict[str, Route]) -> list[str]:
    """The addresses whose POST nothing is known to reach with success."""
    return sorted(
        name
        for name, route in routes.items()
        if "POST" in route.methods and not route.data and not is_test(route.shown_by)
    )


def is_test(node: str) -> bool:
    """Whether `node` (`tests/…/test_x.py::test_y`) is a test of the suite. That it posts there it says itself, as it
    runs (`tests/reaching.py`)."""
    path, _, name = node.partition("::")
    if not name or not (ROOT / path).is_file():
        return False
    module = ast.parse((ROOT / path).read_text())
    return name.startswith("test_") and name in {
        part.name for part in module.body if isinstance(part, ast.FunctionDef)
    }


def test_every_post_is_reached_with_success():
    assert not unproven(ROUTES), (
        "Give each of these `data` that it accepts, or name in `shown_by` the test that posts there with success: "
        f"{unproven(ROUTES)}"
    )
    assert not [name for name, route in ROUTES.items() if route.data and route.shown_by]


@pytest.mark.parametrize(
    "shown_by",
    [
        "",
        "tests/access/test_urls.py",
        "tests/access/test_urls.py::test_none",
        "tests/none.py::test_x",
    ],
)
def test_a_new_post_that_nothing_reaches_fails_the_build(shown_by, monkeypatch):
    monkeypatch.setitem(
        ROUTES, "candidates:forgotten", Route(frozenset(Role), ("POST",), shown_by=shown_by)
    )
    with pytest.raises(AssertionError, match="candidates:forgotten"):
        test_every_post_is_reached_with_success()


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_view_allows_exactly_the_reviewed_roles(name, route):
    view = ORGANIZATION_URLS[name][1].callback
    assert getattr(view, "roles_allowed", None) == route.roles


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_anonymous_is_sent_to_sign_in(name, route, here):
    for method in route.methods:
        response = ask(Client(), address(name, route, here), route, here, method)
        assert response.status_code == 302
        assert response["Location"].startswith(settings.LOGIN_URL)


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_where_a_second_factor_is_asked_for_no_page_opens_without(name, route, here, owner):
    here.organization.requires_second_factor = True
    here.organization.save()
    client = signed_in(owner)
    for method in route.methods:
        page = ask(client, address(name, route, here), route, here, method)
        assert page.status_code == 302
        assert page["Location"] == "/accounts/2fa/totp/activate/"
        assert b"acme-text" not in page.content


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_stranger_gets_404(name, route, here, stranger):
    client = signed_in(stranger)
    for method in route.methods:
        response = ask(client, address(name, route, here), route, here, method)
        never = ask(
            client, address(name, route, here, slug="no-such-organization"), route, here, method
        )
        assert response.status_code == 404
        assert told_by(response) == told_by(never)
        assert b"acme-text" not in response.content


@pytest.mark.parametrize(("name", "route"), WALKED)
def test_only_the_reviewed_roles_get_in(name, route, here, acme, manager):
    for role in Role:
        user = (
            manager
            if role is Role.HIRING_MANAGER
            else MembershipFactory(organization=acme, role=role).user
        )
        with transaction.atomic():
            response = ask(
                signed_in(user), address(name, route, here), route, here, route.methods[0]
            )
            # The next role finds the world as it was.
            transaction.set_rollback(True)
        if role in route.roles:
            assert response.status_code not in {403, 404, 405}, role
            assert response.status_code < 500
        else:
            assert response.status_code == 403, role


@pytest.mark.parametrize(("name", "route"), WITH_OBJECTS)
def test_another_organizations_object_looks_like_none(name, route, here, there, owner):
    client = signed_in(owner)
    before = snapshot(there.organization)
    for method in route.methods:
        foreign = ask(client, address(name, route, here, objects=there), route, here, method)
        absent = ask(client, address(name, route, here, objects=NO_SUCH_ID), route, here, method)
        assert foreign.status_code == 404
        assert told_by(foreign) == told_by(absent)
        assert b"globex-secret" not in foreign.content
    assert snapshot(there.organization) == before


@pytest.mark.parametrize(("name", "route"), READ)
def test_page_answers_its_member_without_writing(name, route, here, there, owner):
    client = signed_in(owner)
    client.get("/acme/settings/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = ask(client, address(name, route, here), route, here, "GET")
    assert response.status_code == route.status
    assert b"globex-secret" not in body_of(response)
    writes = [
        query["sql"]
        for query in queries
        if re.match(r"\s*(INSERT|UPDATE|DELETE|TRUNCATE)", query["sql"])
        # Who saw a candidate is recorded: the one thing that a page view leaves behind.
        and 'INSERT INTO "audit_auditentry"' not in query["sql"]
    ]
    assert writes == []


@pytest.mark.parametrize(("name", "route"), READ)
def test_a_nul_in_the_address_breaks_no_page(name, route, here, owner):
    client, path = signed_in(owner), address(name, route, here)
    asked = "&".join(f"{key}=%00" for key in ("q", "search", "cursor", "sort", "show", "stage"))
    answer = ask(client, f"{path}{'&' if '?' in path else '?'}{asked}", route, here, "GET")
    assert answer.status_code < 500


@pytest.mark.parametrize("path", ["/ac%00me/jobs/", "/acme/jobs%00/", "/%00/"])
def test_no_page_has_a_nul_in_its_path(path, here, owner):
    assert signed_in(owner).get(path).status_code == 404


@pytest.mark.parametrize(("name", "route"), READ)
def test_page_carries_the_security_headers(name, route, here, owner):
    response = ask(signed_in(owner), address(name, route, here), route, here, "GET")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy or "sandbox" in policy
    assert "default-src 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "no-store" in response["Cache-Control"]
    assert "frame-ancestors" in policy
    for cookie in response.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(("name", "route"), POSTED)
def test_post_needs_its_token(name, route, here, owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    before = snapshot(here.organization)
    assert (
        client.post(address(name, route, here), route.data(here) if route.data else {}).status_code
        == 403
    )
    assert snapshot(here.organization) == before


@pytest.mark.parametrize(("name", "route"), POSTED)
def test_post_only_address_refuses_get(name, route, here, owner):
    if "GET" not in route.methods:
        assert signed_in(owner).get(address(name, route, here)).status_code == 405


@pytest.mark.parametrize(("name", "route"), WITH_DATA)
def test_post_succeeds_for_its_member(name, route, here, owner):
    response = ask(signed_in(owner), address(name, route, here), route, here, "POST")
    body = body_of(response)
    assert response.status_code in {200, 204, 302, 303}, body[:2000]


def foreign_values(name: str, route: Route, here: World, there: World) -> dict[str, Any]:
    """Every field of the POST that names an object, with another organization's object.

    Of the rule's own body, and of every form that the view fills in, whether the body mentions the field or not.
    """
    assert route.data is not None
    own, foreign = route.data(here), route.data(there)
    named = {
        key: foreign[key]
        for key in own
        if own[key] != foreign[key] and "globex-secret" not in str(foreign[key])
    }
    for form in forms_filled_by(name, route, here):
        for key, field in form.fields.items():
            if isinstance(field, ModelChoiceField) and not field.disabled:
                model = field.queryset.model
                row = there.member if model is User else there[model._meta.label]
                named[form.add_prefix(key)] = field.prepare_value(row)
    return named


def forms_filled_by(name: str, route: Route, here: World) -> list[BaseForm]:
    """The forms that a POST of the rule's own body goes through; what it did is taken back."""
    filled: list[BaseForm] = []
    full_clean = BaseForm.full_clean

    def note(form: BaseForm) -> None:
        filled.append(form)
        full_clean(form)

    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(BaseForm, "full_clean", note)
        ask(signed_in(here.member), address(name, route, here), route, here, "POST")
        transaction.set_rollback(True)
    return [form for form in filled if form.is_bound]


@pytest.mark.parametrize(("name", "route"), WITH_DATA)
def test_post_refuses_another_organizations_ids(name, route, here, there, owner):
    assert route.data is not None
    named = foreign_values(name, route, here, there)
    if not named:
        pytest.skip("neither the body nor a form names objects")
    own = route.data(here)
    before, before_there = snapshot(here.organization), snapshot(there.organization)
    for key, value in named.items():
        response = signed_in(owner).post(address(name, route, here), {**own, key: value})
        # A small form may say what is wrong on the page that it sends back to: nothing was stored all the same.
        assert response.status_code in {302, 400, 404, 409, 422}, (key, response.status_code)
        assert b"globex-secret" not in body_of(response)
        assert snapshot(here.organization) == before, key
    assert snapshot(there.organization) == before_there


@pytest.mark.parametrize(("name", "route"), WITH_DATA)
def test_post_ignores_fields_that_no_form_has(name, route, here, there, owner):
    """Mass assignment: whatever else a request says, no row changes hands and nobody gets another role."""
    assert route.data is not None
    own = route.data(here)
    stuffed = {
        "organization": there.organization.pk,
        "organization_id": there.organization.pk,
        "pk": there["candidates.Candidate"].pk,
        "is_staff": "on",
        "is_superuser": "on",
        "created_by": there.member.pk,
        "candidate_id": there["candidates.Candidate"].pk,
    }
    before_there = snapshot(there.organization)

    response = signed_in(owner).post(address(name, route, here), {**stuffed, **own})

    assert response.status_code < 500
    assert snapshot(there.organization) == before_there
    assert not User.objects.filter(Q(is_staff=True) | Q(is_superuser=True)).exists()
    assert b"globex-secret" not in body_of(response)
    with acting_in(here.organization):
        for model in owned_models():
            for field in model._meta.local_concrete_fields:
                if field.remote_field and field.remote_field.model is User:
                    assert not model.objects.filter(**{field.name: there.member}).exists(), field
