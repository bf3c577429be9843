"""The pages about candidates, in a browser: they look right, and the acts on them do what they say."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from candidates.models import PoolMembership, Touchpoint
from candidates.services.contacts import log_contact
from candidates.services.notes import add_note
from candidates.services.pools import add_to_pool
from candidates.services.tasks import add_task
from candidates.services.timeline import add_touchpoint
from crm.tenancy.scope import acting_in
from tests.e2e.conftest import Look, assert_accessible, shot
from tests.factories import CandidateFactory, MembershipFactory, SourceFactory, TalentPoolFactory

PEOPLE = [
    (
        "Amara Okafor",
        "Staff Backend Engineer",
        "Tidewater",
        "London",
        "GB",
        "nurturing",
        "Go PostgreSQL Kafka",
    ),
    (
        "Mateo Álvarez",
        "Senior Data Engineer",
        "Parcelo",
        "Barcelona",
        "ES",
        "new",
        "Python Spark dbt",
    ),
    (
        "Priya Raman",
        "Engineering Manager",
        "Modehaus",
        "Berlin",
        "DE",
        "in_process",
        "Leadership Java AWS",
    ),
    (
        "Yuki Tanabe",
        "Machine Learning Engineer",
        "Kumo Robotics",
        "Tokyo",
        "JP",
        "new",
        "PyTorch CUDA Python",
    ),
    (
        "Chloé Marchand",
        "Product Designer",
        "Santelle",
        "Paris",
        "FR",
        "not_now",
        "Figma Research Prototyping",
    ),
    (
        "Tomasz Nowak",
        "Site Reliability Engineer",
        "Bazarek",
        "Kraków",
        "PL",
        "hired",
        "Kubernetes Terraform Go",
    ),
    (
        "Ifeoma Eze",
        "Frontend Engineer",
        "Nairapay",
        "Lagos",
        "NG",
        "do_not_contact",
        "TypeScript React A11y",
    ),
    (
        "Daniel Cohen",
        "Principal Engineer",
        "Pagecraft",
        "Tel Aviv",
        "IL",
        "nurturing",
        "Scala Architecture Kafka",
    ),
    ("Mei-Ling Chou", "Analytics Engineer", "Kedai", "Singapore", "SG", "alumni", "SQL dbt Looker"),
]


@pytest.fixture
def people(acme, recruiter):
    """Nine people and what happened to them; the first has had the most of it."""
    colleague = MembershipFactory(organization=acme, user__name="Jon Park").user
    recruiter.name = "Lena Fischer"
    recruiter.save()
    with acting_in(acme):
        made = [
            CandidateFactory(
                full_name=name,
                headline=title,
                company=company,
                city=city,
                country=country,
                status=status,
                skills=skills.split(),
                owner=[recruiter, colleague, None][n % 3],
                emails=[f"{name.split()[0].lower()}@example.com"],
                source=SourceFactory(name="Referral"),
                created_at=timezone.now() - timedelta(days=n),
                tags=["Berlin", "Meetup 2026"][: n % 3],
            )
            for n, (name, title, company, city, country, status, skills) in enumerate(PEOPLE)
        ]
        first = made[0]
        pool = TalentPoolFactory(
            name="Silver medalists",
            owner=recruiter,
            description="Came second: ask them first next time.",
        )
        TalentPoolFactory(name="Designers in Lisbon", owner=colleague)
        add_to_pool(pool, [person.pk for person in made[:5]], by=recruiter, reason="Final round")
        ago = lambda **when: timezone.now() - timedelta(**when)  # noqa: E731
        for person in made[1:]:
            add_touchpoint(person, Touchpoint.Kind.ADDED, "Added from a CSV import", at=ago(days=3))
        add_touchpoint(
            first, Touchpoint.Kind.ADDED, "Added from Referral", actor=recruiter, at=ago(days=9)
        )
        add_touchpoint(
            first,
            Touchpoint.Kind.STAGE,
            "Moved from Sourced to Contacted in Staff Backend Engineer",
            actor=recruiter,
            at=ago(days=6),
            link="candidates/",
        )
        add_note(
            first,
            body="Gave the ledger talk at a conference in May.\nAsk about the migration from Cassandra. Wants to stay hands-on; notice period is 3 months.",
            by=colleague,
        )
        add_note(first, body="Careful with the counter-offer.", by=recruiter, is_private=True)
        log_contact(
            first,
            kind="call",
            summary="Open to a move in spring",
            body="Likes the team, asks about on-call.",
            by=recruiter,
        )
        add_touchpoint(
            first,
            Touchpoint.Kind.MAIL_SENT,
            "Sent step 2 of 4 of Staff Backend, UK",
            at=ago(days=3),
        )
        add_touchpoint(
            first,
            Touchpoint.Kind.MAIL_RECEIVED,
            "Replied to Staff Backend, step 2",
            body="Hi Lena, thanks for the follow-up. The team page is what got me curious. Happy to chat on Thursday after 16:00 London time. Could you say more about the on-call rotation?",
            at=ago(hours=2),
        )
        today = timezone.localdate()
        add_task(
            title="Answer the on-call question",
            candidate=first,
            assignee=recruiter,
            due_on=today,
            by=recruiter,
        )
        add_task(
            title="Ask for a reference",
            candidate=first,
            assignee=colleague,
            due_on=today - timedelta(days=2),
            by=recruiter,
        )
        add_task(
            title="Send the role description",
            candidate=made[2],
            assignee=recruiter,
            due_on=today + timedelta(days=1),
            by=recruiter,
        )
        add_task(title="Tidy up the tags", assignee=recruiter, by=recruiter)
    return made


def test_pages_are_accessible(live_server, page, sign_in, people, recruiter):
    sign_in(recruiter)
    with acting_in(recruiter.memberships.get().organization):
        pool = people[0].pool_memberships.get().pool_id
    look = Look(page)

    wrong = []
    for name, path in {
        "list": "candidates/",
        "filtered": "candidates/?q=e&owner=me&status=nurturing",
        "record": f"candidates/{people[0].pk}/",
        "background": f"candidates/{people[0].pk}/background/",
        "add": "candidates/add/",
        "edit": f"candidates/{people[0].pk}/edit/",
        "pools": "pools/",
        "pool": f"pools/{pool}/?q=chou",
        "pool-edit": f"pools/{pool}/edit/",
        "tasks": "tasks/",
    }.items():
        wrong += look.over(name, f"{live_server.url}/acme/{path}", picture=f"candidates-{name}")

    assert wrong == []


def test_searching_narrows_the_list_while_typing(live_server, page, sign_in, people, recruiter):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/")

    page.get_by_role("searchbox").press_sequentially("alvar")

    expect(page.get_by_role("rowheader")).to_have_count(1)
    expect(page.get_by_role("rowheader")).to_contain_text("Mateo Álvarez")
    expect(page.locator("#count")).to_have_text("1")
    expect(page).to_have_url(re.compile(r"/candidates/\?q=alvar$"))


def test_selected_people_join_a_pool_and_leave_it_by_undo(
    live_server, page, sign_in, people, recruiter
):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/")

    page.get_by_label("Select Tomasz Nowak").check()
    page.get_by_label("Select Mei-Ling Chou").check()
    shot(page, "candidates-selected")
    page.get_by_role("button", name="Add to pool").click()
    dialog = page.get_by_role("dialog", name="Add 2 people to a pool")
    dialog.get_by_role("combobox", name="Pool").select_option("Designers in Lisbon")
    shot(page, "candidates-bulk")
    assert_accessible(page)
    dialog.get_by_role("button", name="Add 2 people to a pool").click()

    expect(page.get_by_role("status")).to_contain_text("Added 2 people to Designers in Lisbon.")
    with acting_in(people[0].organization):
        assert PoolMembership.objects.filter(pool__name="Designers in Lisbon").count() == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text(
        "Undone: Added 2 people to Designers in Lisbon."
    )
    with acting_in(people[0].organization):
        assert not PoolMembership.objects.filter(pool__name="Designers in Lisbon").exists()


def test_a_note_a_call_and_a_tag_appear_without_leaving_the_record(
    live_server, page, sign_in, people, recruiter
):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/{people[1].pk}/")
    page.evaluate("window.stayed = true")

    page.get_by_label("Note", exact=True).last.fill("Prefers mornings.")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".timeline blockquote").first).to_have_text(re.compile("Prefers mornings."))
    expect(page.get_by_label("Note", exact=True).last).to_have_value("")

    page.get_by_text("Contact", exact=True).click()
    page.get_by_label("What came of it").fill("Left a message")
    page.get_by_role("button", name="Log contact").click()
    expect(page.locator(".timeline .ev").first).to_contain_text("Left a message")

    page.get_by_role("button", name="Add a tag").click()
    page.get_by_role("combobox", name="Add a tag").fill("Night owl")
    shot(page, "candidates-record-tagging")
    page.get_by_role("combobox", name="Add a tag").press("Enter")
    expect(page.get_by_role("button", name="Take off the tag Night owl")).to_be_visible()

    page.get_by_role("button", name="New").click()
    page.get_by_role("button", name="In process").click()
    expect(page.locator(".hero .stage").first).to_contain_text("In process")
    assert page.evaluate("window.stayed")


def test_a_record_is_worked_through_with_the_keyboard(
    live_server, page, sign_in, people, recruiter
):
    """From the list into a record, write to it, mention a colleague, add an address, undo, and on to the next."""
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/")
    names = page.get_by_role("rowheader").locator("b").all_inner_texts()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(names[0])

    page.get_by_label("Note", exact=True).last.press_sequentially("Ask @jon")
    expect(page.get_by_role("option", name="Jon Park")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline blockquote b").first).to_have_text("@Jon Park")

    page.get_by_role("link", name="Add e-mail").press("Enter")
    dialog = page.get_by_role("dialog", name="Add an e-mail address")
    dialog.get_by_label("Address").fill("home@example.com")
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="The address home@example.com: more")).to_be_visible()
    shot(page, "candidates-record-added")
    page.get_by_role("button", name="Undo").last.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Undone.")
    expect(page.get_by_role("button", name="The address home@example.com: more")).to_have_count(0)


def test_the_list_is_walked_through_with_j_and_k(live_server, page, sign_in, people, recruiter):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/")
    names = page.get_by_role("rowheader").locator("b").all_inner_texts()
    page.get_by_role("rowheader").locator("a").first.click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(names[0])
    page.wait_for_load_state("load")
    page.evaluate("window.stayed = true")

    for key, name in [("j", names[1]), ("j", names[2]), ("k", names[1])]:
        page.keyboard.press(key)
        expect(heading).to_have_text(name)
        # Before htmx has settled, a link is just a link.
        expect(page.locator(".htmx-settling, .htmx-added, .htmx-request")).to_have_count(0)

    assert page.evaluate("window.stayed")
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/candidates/\?.*#person-"))
    expect(page.get_by_role("rowheader").filter(has_text=names[1])).to_be_visible()


def test_lists_and_records_work_without_javascript(live_server, browser, people, recruiter):
    context = browser.new_context(java_script_enabled=False)
    client = Client()
    client.force_login(recruiter)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies(
        [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
    )
    page = context.new_page()

    page.goto(f"{live_server.url}/acme/candidates/")
    page.get_by_role("searchbox").fill("cohen")
    page.get_by_role("button", name="Apply").click()
    page.get_by_label("Select Daniel Cohen").check()
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tag").fill("Speaker")
    page.get_by_role("button", name="Tag 1 person").click()
    expect(page.get_by_text("Tagged 1 person Speaker.")).to_be_visible()
    shot(page, "candidates-plain")
    page.get_by_role("link", name="Daniel Cohen").click()
    page.get_by_label("Note", exact=True).last.fill("Keynote in May.")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".timeline blockquote").first).to_have_text(re.compile("Keynote in May."))
    context.close()
