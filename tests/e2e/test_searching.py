"""From a search to a smart pool in three clicks, what was found, and the palette by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Sender, Sequence
from candidates.models import Candidate, CustomField, SpokenLanguage, TalentPool
from candidates.services.notes import add_note
from candidates.services.smart_pools import fill_due
from crm.tenancy.scope import acting_in
from pipelines.services.jobs import create_job
from tests.e2e.conftest import DRESSES, assert_accessible, assert_fits, dress, shot
from tests.factories import CandidateFactory, TalentPoolFactory

pytestmark = pytest.mark.django_db(transaction=True)

# Counts presses of the mouse across pages; what the keyboard clicks has no detail.
COUNT_CLICKS = """addEventListener("click", (event) => {
  if (event.isTrusted && event.detail) sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1;
}, true);"""


@pytest.fixture
def people(acme, recruiter):
    with acting_in(acme):
        for name, company, skills in (
            ("Ana Okafor", "Tidewater", ["Kafka", "Go"]),
            ("Bo Ek", "Hooli", ["Kafka"]),
            ("Cy Young", "Parcelo", ["Python"]),
        ):
            CandidateFactory(full_name=name, company=company, skills=skills)
        quiet = CandidateFactory(full_name="Dana Quiet", emails=["dana@example.com"])
        add_note(quiet, body="Ran Kafka for a bank, in Lisbon.", by=recruiter)
        TalentPoolFactory(name="Silver medalists")
        create_job(by=recruiter, title="Platform engineer")
        sender = Sender.objects.create(name="Robin Reyes", address="robin@acme.example")
        Sequence.objects.create(name="Welcome back", sender=sender, owner=recruiter)
    return acme


def test_a_search_becomes_a_smart_pool_in_three_clicks(
    live_server, page, sign_in, recruiter, people
):
    page.add_init_script(COUNT_CLICKS)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/")
    page.wait_for_load_state("networkidle")
    # Words, and who is not wanted among them.
    page.keyboard.press("/")
    page.keyboard.type("kafka -company:hooli")
    expect(page.locator("#count")).to_have_text("2")
    expect(page.get_by_role("rowheader", name="Ana Okafor")).to_be_visible()
    assert page.evaluate("sessionStorage.clicks") is None

    page.get_by_role("link", name="Save this search").click()
    page.get_by_role("link", name="Make it a smart pool").click()
    # The rule is tried at once, with the people whom it finds.
    expect(page.get_by_text("2 people match now.")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Name").fill("Streaming people")
    page.get_by_label("Team").fill("Platform")
    page.get_by_label("People wanted").fill("10")
    page.get_by_role("button", name="Make the pool").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Streaming people")
    assert page.evaluate("Number(sessionStorage.clicks)") == 3
    fill_due(people)
    page.reload()
    about = page.get_by_role("region", name="How the pool stands")
    expect(about).to_contain_text("2 of 10")
    expect(about).to_contain_text("50 %")
    expect(about).to_contain_text("+2")
    with acting_in(people):
        pool = TalentPool.objects.get(name="Streaming people")
        assert pool.owner == recruiter
    for theme, width, rules in DRESSES:
        dress(page, theme=theme, width=width)
        assert_accessible(page, **rules)
        assert_fits(page)


def test_what_was_found_is_marked_and_told(live_server, page, sign_in, recruiter, people):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/?q=kafka")

    expect(page.get_by_role("rowheader")).to_have_count(3)
    dana = page.get_by_role("rowheader", name="Dana Quiet")
    expect(dana).to_contain_text("Note: Ran Kafka for a bank, in Lisbon.")
    expect(dana.locator("mark")).to_have_text(["Kafka"])
    for theme, width, rules in DRESSES:
        dress(page, theme=theme, width=width)
        shot(page, "search-marked")
        expect(dana.locator("mark")).to_be_visible()
        assert_accessible(page, **rules)
        assert_fits(page)
    # The record says the same, and marks the words where they stand.
    dana.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dana Quiet")
    expect(page.locator(".found mark")).to_have_text(["Kafka"])
    expect(page.get_by_role("list", name="What happened").locator("mark")).to_have_text(["Kafka"])
    for theme, width, rules in DRESSES:
        dress(page, theme=theme, width=width)
        shot(page, "search-marked-record")
        assert_accessible(page, **rules)
        assert_fits(page)


def jump(page: Page, words: str, found: str) -> None:
    """Open the palette, type, and take what is found, by keys."""
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_be_focused()
    page.keyboard.type(words)
    option = page.get_by_role("option").filter(has_text=found)
    expect(option).to_have_count(1)
    for _ in range(10):
        if option.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("words", "found", "heading"),
    [
        # Misspelled.
        ("okafr", "Ana Okafor", "Ana Okafor"),
        ("silver", "Silver medalists", "Silver medalists"),
        ("platform", "Platform engineer", "Platform engineer"),
        ("welcome", "Welcome back", "Welcome back"),
        ("build a s", "Build a search", "Build a search"),
    ],
    ids=["person", "pool", "job", "sequence", "action"],
)
def test_the_palette_leads_there_by_keys_alone(
    live_server, page, sign_in, recruiter, people, words, found, heading
):
    page.add_init_script(COUNT_CLICKS)
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/")

    jump(page, words, found)

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(heading))
    assert page.evaluate("sessionStorage.clicks") is None


def test_enter_waits_for_the_answer_to_what_was_typed_last(
    live_server, page, sign_in, recruiter, people
):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("ana okafor")
    expect(page.get_by_role("option", name=re.compile("Ana Okafor"))).to_have_count(1)

    page.keyboard.press("Control+a")
    page.keyboard.type("bo ek")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Bo Ek")


def test_the_palette_is_readable_and_leaves_with_escape(
    live_server, page, sign_in, recruiter, people
):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/")
    page.wait_for_load_state("networkidle")
    for theme, width, rules in DRESSES:
        dress(page, theme=theme, width=width)
        page.keyboard.press("Control+k")
        page.keyboard.type("e")
        # A person, a pool, a job and a sequence have it in their names.
        for found in ("Silver medalists", "Platform engineer", "Welcome back"):
            expect(page.get_by_role("option").filter(has_text=found)).to_be_visible()
        shot(page, "palette")
        assert_accessible(page, **rules)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog", name="Command palette")).to_be_hidden()


def test_what_is_typed_while_the_palette_opens_stays(live_server, page, sign_in, recruiter, people):
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/")
    # As a quick hand does: the letter comes before the browser had time for anything else.
    typed = page.evaluate("""async () => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true }));
      const input = document.activeElement;
      input.value = "silver";
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      await new Promise((later) => setTimeout(later, 100));
      return input.value;
    }""")

    assert typed == "silver"
    expect(page.get_by_role("option").filter(has_text="Silver medalists")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump to")).to_have_value("")


# Each family of fields: what is chosen in the form's fields, and what the search then says.
BUILT = [
    ("Engagement", "is any of", {"Engagement": "Replied"}, "engagement:Replied"),
    ("Can be written to", "no", {}, "contactable:no"),
    ("Lawful basis", "is", {"Lawful basis": "Consent"}, "basis:Consent"),
    ("Language", "is any of", {"Language": "German"}, "language:German"),
    ("Country", "is", {"Country": "Portugal"}, "country:Portugal"),
    ("Time zone", "is", {"Time zone": "Europe/Lisbon"}, 'timezone:Europe/Lisbon'),
    ("Near", "is", {"Near": "Lisbon 50 km"}, 'near:"Lisbon 50 km"'),
    ("Pay", "between", {"Pay, from": "50000", "Pay, to": "90000"}, "field.pay:50000..90000"),
    ("Stage", "is", {"Stage": "Phone screen"}, 'stage:"Phone screen"'),
    ("Last contact", "longer ago than", {"Last contact: how many": "90"}, "contacted:>90d"),
    ("Pool", "is any of", {"Pool": "Silver medalists"}, 'pool:"Silver medalists"'),
]  # fmt: skip


def settled(page: Page) -> None:
    """What was pressed is answered."""
    page.evaluate("""() => new Promise((resolve) => {
      let quiet = 0;
      const look = () => {
        quiet = document.querySelector(".htmx-request") ? 0 : quiet + 1;
        if (quiet > 4) resolve(); else setTimeout(look, 25);
      };
      look();
    })""")


def test_every_family_of_fields_is_built_by_hand(live_server, page, sign_in, recruiter, people):
    with acting_in(people):
        CustomField.objects.create(name="Pay", key="pay", kind=CustomField.Kind.NUMBER)
        ana = Candidate.objects.get(full_name="Ana Okafor")
        SpokenLanguage.objects.create(candidate=ana, name="German", normalized="german")
    sign_in(recruiter)
    page.goto(f"{live_server.url}/acme/candidates/search/")
    page.wait_for_load_state("networkidle")
    for number, (field, operator, values, text) in enumerate(BUILT, start=1):
        page.get_by_role("button", name="Condition", exact=True).first.click()
        condition = page.locator(".b-cond").nth(number - 1)
        # What is added is where one goes on.
        expect(condition.get_by_label("Field")).to_be_focused()
        settled(page)
        condition.get_by_label("Field").select_option(label=field)
        comparison = condition.get_by_label(f"{field}: how it is compared")
        settled(page)
        comparison.select_option(label=operator)
        settled(page)
        for label, value in values.items():
            box = condition.get_by_label(label, exact=True)
            expect(box).to_be_visible()
            if box.evaluate("box => box.tagName") == "SELECT":
                box.select_option(label=value)
            else:
                box.fill(value)
                # The Enter key takes nothing away.
                box.press("Enter")
            settled(page)
        expect(page.locator("#builder code")).to_contain_text(text)
    assert page.locator(".b-cond").count() == len(BUILT)
    for theme, width, rules in DRESSES:
        dress(page, theme=theme, width=width)
        shot(page, "builder")
        assert_accessible(page, **rules)
        assert_fits(page)

    chip = page.get_by_role("button", name="Country: without Portugal")
    chip.click()
    expect(page.locator("#builder code")).not_to_contain_text("country:")
    settled(page)
    page.get_by_role("button", name=re.compile("^Show ")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Candidates")
    assert "engagement%3AReplied" in page.url
