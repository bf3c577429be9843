"""The living style guide: every part of the interface in every state, with invented people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from crm.web.errors import DomainError
from crm.web.forms import DayInput
from crm.web.navigation import Link, Place
from crm.web.responses import fragment_or_page, wants_fragment
from crm.web.toasts import notify

View = Callable[..., HttpResponse]

PAGES = (
    ("parts", "Parts", "shapes"),
    ("list", "List", "users"),
    ("record", "Record", "user"),
    ("board", "Board", "square-kanban"),
    ("forms", "Forms", "text-cursor-input"),
    ("feedback", "Feedback", "chart-column"),
    ("mail", "Mail", "mail"),
)


@dataclass(frozen=True)
class Person:
    pk: int
    name: str
    title: str
    company: str
    stage: str
    skills: list[str]
    place: str
    last: str
    since: str
    due: str
    owner: str
    unread: bool = False
    late: bool = False
    version: int = 1

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Stage:
    key: str
    name: str
    share: int
    hue: str
    total: int
    people: list[Person] = field(default_factory=list)


STAGES = (
    Stage("sourced", "Sourced", 0, "hue-5", 48),
    Stage("contacted", "Contacted", 25, "hue-1", 31),
    Stage("replied", "Replied", 45, "hue-2", 12),
    Stage("screen", "Phone screen", 60, "hue-6", 7),
    Stage("onsite", "Onsite", 80, "hue-7", 2),
    Stage("offer", "Offer", 95, "hue-4", 1),
)
_LENA, _JON, _SARA = "Lena Fischer", "Jon Park", "Sara Nyberg"
# fmt: off
PEOPLE = (
    Person(1, "Amara Okafor", "Staff Backend Engineer", "Tidewater", "replied", ["Go", "PostgreSQL", "Kafka"], "London, UK", "Reply: “Happy to chat Thursday”", "2 h", "Today", _LENA, unread=True),
    Person(2, "Mateo Alvarez", "Senior Data Engineer", "Parcelo", "contacted", ["Python", "Spark", "dbt"], "Barcelona, ES", "Step 2 sent, opened twice", "5 h", "Tomorrow", _JON),
    Person(3, "Priya Raman", "Engineering Manager", "Modehaus", "screen", ["Leadership", "Java", "AWS"], "Berlin, DE", "Screen booked for 24 Nov, 15:00", "1 d", "24 Nov", _LENA),
    Person(4, "Yuki Tanabe", "Machine Learning Engineer", "Kumo Robotics", "sourced", ["PyTorch", "CUDA", "Python"], "Tokyo, JP", "Added from a CSV import", "1 d", "—", _JON),
    Person(5, "Chloé Marchand", "Product Designer", "Santelle", "onsite", ["Figma", "Research", "Design systems"], "Paris, FR", "Portfolio review passed", "2 d", "26 Nov", _SARA),
    Person(6, "Tomasz Nowak", "Site Reliability Engineer", "Bazarek", "contacted", ["Kubernetes", "Terraform", "Go"], "Kraków, PL", "Step 1 delivered", "2 d", "Thu", _LENA),
    Person(7, "Ifeoma Eze", "Frontend Engineer", "Nairapay", "replied", ["TypeScript", "React", "A11y"], "Lagos, NG", "Asked for the salary range", "3 d", "Overdue", _SARA, unread=True, late=True),
    Person(8, "Daniel Cohen", "Principal Engineer", "Pagecraft", "offer", ["Scala", "Architecture", "Kafka"], "Tel Aviv, IL", "Offer sent, expires on 28 Nov", "3 d", "28 Nov", _LENA),
    Person(9, "Mei-Ling Chou", "Analytics Engineer", "Kedai", "sourced", ["SQL", "dbt", "Looker"], "Singapore", "Met at a conference", "4 d", "—", _JON),
    Person(10, "Lucas Ferreira", "Backend Engineer", "Roxo Bank", "screen", ["Clojure", "Datomic", "AWS"], "São Paulo, BR", "Screen feedback is due", "4 d", "Overdue", _SARA, late=True),
    Person(11, "Hanna Lindqvist", "Security Engineer", "Betalix", "contacted", ["AppSec", "Python", "OAuth"], "Stockholm, SE", "Step 3 sent", "5 d", "Fri", _LENA),
    Person(12, "Omar Haddad", "Mobile Engineer", "Rakeb", "sourced", ["Kotlin", "Swift", "CI/CD"], "Dubai, AE", "Possible duplicate: O. Haddad", "6 d", "—", _JON),
    Person(13, "Grace Kimani", "Data Scientist", "Twiga Mobile", "replied", ["Python", "Statistics", "SQL"], "Nairobi, KE", "Not now: remind in March", "6 d", "2 Mar", _SARA),
    Person(14, "Felix Brandt", "Platform Engineer", "Girolino", "onsite", ["Rust", "Linux", "eBPF"], "Berlin, DE", "Loop scheduled, 5 interviews", "1 w", "25 Nov", _LENA),
    Person(15, "Noor van Dijk", "Full-stack Engineer", "Betaalhuis", "contacted", ["Django", "HTMX", "PostgreSQL"], "Utrecht, NL", "Bounced: address not found", "1 w", "Fix email", _JON, late=True),
    Person(16, "Sofia Rossi", "QA Lead", "Mestolo", "screen", ["Playwright", "Python", "CI/CD"], "Milan, IT", "Recording uploaded", "1 w", "Mon", _SARA),
)
# fmt: on


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(max_length=80, help_text="As the person writes it.")
    email = forms.EmailField()
    role = forms.ChoiceField(choices=[("", "Choose a role"), ("r", "Recruiter"), ("s", "Sourcer")])
    starts_on = forms.DateField(required=False, widget=DayInput(), label="Starts on")
    pools = forms.MultipleChoiceField(
        choices=[("1", "Silver medalists"), ("2", "Python, Berlin"), ("3", "Alumni")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    stop = forms.ChoiceField(
        label="A reply stops",
        choices=[("one", "this sequence"), ("all", "all sequences")],
        widget=forms.RadioSelect,
        initial="one",
        help_text="Stopping on a reply cannot be switched off.",
    )
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    resume = forms.FileField(label="Résumé", required=False)
    notify = forms.BooleanField(label="Tell me when this person replies", required=False)


def shown_here(view: View) -> View:
    """The style guide is open in the local mode and in development, and to operators; else there is none."""

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (
            settings.DEBUG or settings.DEMO_MAILBOX or getattr(request.user, "is_staff", False)
        ):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@shown_here
def show(request: HttpRequest, page: str = "parts") -> HttpResponse:
    """One page of the style guide, in the real shell."""
    if page not in {key for key, _, _ in PAGES}:
        raise Http404
    query = request.GET.get("q", "").lower()
    context = {
        "organization": SimpleNamespace(name="Northwind Talent", get_absolute_url="/styleguide/"),
        "navigation": [
            Link(Place(key, label, icon, label[0].lower()), f"/styleguide/{key}/", key == page)
            for key, label, icon in PAGES
        ],
        "user": _LENA,
        "people": [one for one in PEOPLE if query in f"{one.name} {one.title}".lower()],
        "query": query,
        "stages": [
            Stage(stage.key, stage.name, stage.share, stage.hue, stage.total, people)
            for stage in STAGES
            for people in [[person for person in PEOPLE if person.stage == stage.key]]
        ],
        "mail": "Hi Amara,\n\nyour talk on ledgers is still what we point new people to.\n\nLena",
        "hues": [f"hue-{number}" for number in range(1, 9)],
        "form": SampleForm(),
        "wrong_form": SampleForm({"name": "", "email": "amara@", "role": "x", "stop": "one"}),
    }
    part = "#list" if page == "list" else ""
    return fragment_or_page(request, f"styleguide/{page}.html{part}", context)


@shown_here
@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Move a card as a real board does: an offer is refused, everything else is taken."""
    person = next((one for one in PEOPLE if str(one.pk) == request.POST.get("card")), None)
    stage = next((one for one in STAGES if one.key == request.POST.get("stage")), None)
    if person is None or stage is None:
        raise Http404
    if stage.key == "offer":
        raise DomainError("An offer needs an approval first. Ask the owner of the job.")
    notify(request, f"Moved to {stage.name}.", undo="/styleguide/undo/")
    if wants_fragment(request):
        context = {"person": person}
        return render(request, "styleguide/board.html#card", context)
    return redirect("/styleguide/board/")


@shown_here
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """What an Undo button posts to."""
    notify(request, "Taken back.")
    return redirect("/styleguide/board/")


urlpatterns = [
    path("", show, name="styleguide"),
    path("move/", move, name="styleguide_move"),
    path("undo/", undo, name="styleguide_undo"),
    path("<slug:page>/", show, name="styleguide_page"),
]
