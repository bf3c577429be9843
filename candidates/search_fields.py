"""What people can be searched by, as far as this app knows it. Higher apps add theirs in the same way."""

import zoneinfo
from collections.abc import Iterable
from functools import cache

from django.db.models import Exists, OuterRef, Q

from candidates.folding import fold
from candidates.models import (
    Candidate,
    CandidatePreference,
    CandidateSkillSearch,
    CandidateTagSearch,
    EducationSearch,
    EmailAddress,
    EmailSearch,
    LanguageSearch,
    PastPositionSearch,
    PhoneSearch,
    PlaceSearch,
    PoolMembershipSearch,
    PreferenceSearch,
    ResumeSearch,
    SearchRow,
    Skill,
    SnoozeSearch,
    Source,
    SpokenLanguage,
    Tag,
    TalentPool,
    TaskSearch,
    Touchpoint,
    TouchpointSearch,
)
from candidates.near_search import TAIL, near, refuse_unknown_place, warm
from candidates.queries.choices import possible_owners
from candidates.queries.company_rules import holds_alone, works_where_blocked
from candidates.queries.search.fields import Field, Kind, Match, register
from candidates.queries.search.matching import (
    combined,
    having_rows,
    indexed_rows,
    of_column,
    of_rows,
    on_day,
    rows_on_day,
    text_column,
    text_rows,
)
from candidates.queries.search.searcher import Searcher
from candidates.queries.search.terms import read_term
from candidates.queries.search.text import anywhere, in_notes, long_text
from candidates.queries.search.tree import Condition
from candidates.queries.search.values import MOST_CHOICES, Fixed, Members, Rows
from candidates.services.identifying import countries
from candidates.skill_search import Skills
from candidates.wish_search import wants_pay

PERSON, CONTACT, OURS, WISHES = "Person", "Contact", "Ours", "Wishes"
# In a search text the rest of a number needs no quotes: phone:0151 23 45.
DIGITS = r"(?:[ ./-]{1,3}\d+)*"
DEAD = (EmailAddress.State.BOUNCED, EmailAddress.State.WRONG)
# What the person did, by the kind of timeline entry it left.
ENGAGEMENT = {
    Touchpoint.Kind.MAIL_RECEIVED.value: "Replied",
    Touchpoint.Kind.AUTO_REPLY.value: "Automatic reply",
    Touchpoint.Kind.BOUNCE.value: "A mail bounced",
    Touchpoint.Kind.UNSUBSCRIBE.value: "Unsubscribed",
}


def in_emails(asked: Condition, searcher: Searcher) -> Q:
    """Addresses that begin so, or hold the part behind the @: whole addresses stand in their own table."""
    own = EmailSearch.objects.filter(candidate=OuterRef("pk"))
    if asked.operator == "set":
        return Q(Exists(own))
    texts = [value.strip('"*~').lower() for value in asked.values]
    return combined(asked, [Q(Exists(own.filter(normalized__contains=text))) for text in texts])


def in_phones(asked: Condition, searcher: Searcher) -> Q:
    """Numbers that hold these digits."""
    own = PhoneSearch.objects.filter(candidate=OuterRef("pk"))
    if asked.operator == "set":
        return Q(Exists(own))
    terms = [read_term(value) for value in asked.values]
    # A number begins here with its country: the nought that is only dialed at home is in none. Alone it is any nought.
    digits = [term.digits or "".join(term.words).lstrip("0") or "0" for term in terms]
    return combined(asked, [Q(Exists(own.filter(normalized__contains=one))) for one in digits])


def not_alike(term: str) -> str:
    """Refuses `word~`: the groups of three letters of long texts are not kept."""
    if not read_term(term).is_like:
        return ""
    return f"“{term}”: likeness is looked for in the record, not in notes and résumés. Write “{term[:-1]}*” there."


def or_rows(texts: Match, rows: type[SearchRow]) -> Match:
    """`texts`, and for "is known" whether there are such rows at all."""
    any_row = having_rows(rows)

    def match(asked: Condition, searcher: Searcher) -> Q:
        return (any_row if asked.operator == "set" else texts)(asked, searcher)

    return match


def contactable(asked: Condition, searcher: Searcher) -> Q:
    """Somebody with an address that is not known to be dead, who did not ask us to stay away or has taken it back, is
    left alone neither for now nor for good, and works nowhere where we must not write.

    It is what sending asks as far as the database can tell. Suppressed addresses are kept as keyed hashes only: of them
    it knows what the record tells, not an address that was suppressed before it came on this record. A privacy notice
    that is late holds no one back here: it can be sent.
    """
    addresses = EmailSearch.objects.filter(candidate=OuterRef("pk")).exclude(state__in=DEAD)
    entries = TouchpointSearch.objects.filter(candidate=OuterRef("pk"))
    lifted = TouchpointSearch.objects.filter(
        candidate=OuterRef("candidate"), kind=Touchpoint.Kind.MAIL_AGAIN, at__gte=OuterRef("at")
    )
    gone = entries.filter(~Exists(lifted), kind=Touchpoint.Kind.UNSUBSCRIBE)
    away = Q(status__in=[Candidate.Status.DO_NOT_CONTACT, Candidate.Status.NOT_NOW])
    # Not the other way round either may a page find the addresses of everybody.
    found = holds_alone(addresses) & ~Q(Exists(gone)) & ~away
    blocked = works_where_blocked()
    return found & ~blocked if blocked else found


def engaged(asked: Condition, searcher: Searcher) -> Q:
    """What the person did, as far as it is told of here."""
    if asked.operator == "set":
        own = TouchpointSearch.objects.filter(candidate=OuterRef("pk"), kind__in=list(ENGAGEMENT))
        return Q(Exists(own))
    return of_rows(TouchpointSearch, "kind")(asked, searcher)


@cache
def time_zones() -> dict[str, str]:
    """Names of time zones, as the standard library knows them."""
    return {name: name.replace("_", " ") for name in sorted(zoneinfo.available_timezones())}


class Languages:
    """Languages as people write them, folded, if wanted with the least level: `german`, `german b2`."""

    levels = tuple(level.value for level in SpokenLanguage.Level if level.value)

    def of(self, values: Iterable[str]) -> dict[str, str]:
        return {value: self._name(value) for value in values}

    def find(self, names: Iterable[str]) -> dict[str, str]:
        return {name: fold(name)[:60] for name in names if fold(name)}

    def beginning(self, start: str) -> list[str]:
        spoken = SpokenLanguage.objects.filter(normalized__startswith=fold(start))
        return sorted(set(spoken.values_list("normalized", flat=True)))

    def choices(self) -> list[tuple[str, str]]:
        spoken = SpokenLanguage.objects.order_by("normalized").values_list("normalized", flat=True)
        return [(one, self._name(one)) for one in spoken.distinct()[:MOST_CHOICES]]

    def _name(self, value: str) -> str:
        language, level = self.parted(value)
        return f"{language.title()} {level.upper()}".strip()

    @classmethod
    def parted(cls, value: str) -> tuple[str, str]:
        """The language and the least level, such as ("german", "b2")."""
        language, _, level = value.rpartition(" ")
        return (language, level) if language and level in cls.levels else (value, "")


def speaks(asked: Condition, searcher: Searcher) -> Q:
    """A language, at the level that is asked for or above."""
    own = LanguageSearch.objects.filter(candidate=OuterRef("pk"))
    if asked.operator == "set":
        return Q(Exists(own))
    found = []
    for language, level in map(Languages.parted, asked.values):
        spoken = own.filter(normalized=language)
        if level:
            enough = Languages.levels[Languages.levels.index(level) :]
            spoken = spoken.filter(level__in=enough)
        found.append(Q(Exists(spoken)))
    return combined(asked, found)


def in_time_zone(asked: Condition, searcher: Searcher) -> Q:
    """What the person said; where nobody said it, the time zone of the record's town."""
    said = PreferenceSearch.objects.filter(candidate=OuterRef("pk")).exclude(time_zone="")
    towns = PlaceSearch.objects.filter(candidate=OuterRef("pk"))
    if asked.operator == "set":
        return Q(Exists(said)) | Q(Exists(towns))
    here = Q(Exists(said.filter(time_zone__in=asked.values)))
    return here | (~Q(Exists(said)) & Q(Exists(towns.filter(time_zone__in=asked.values))))


REMOTE = CandidatePreference.Remote
TAGS = Rows(Tag.objects.all, folded="normalized")
SKILLS = Skills(Skill.objects.all, folded="normalized")
OWNERS = Members(possible_owners)
ENTRIES = Fixed(lambda: ENGAGEMENT)

FIELDS = (
    Field("text", "Anything", Kind.TEXT, PERSON, anywhere, is_many=True, can_be_empty=False),
    Field("name", "Name", Kind.TEXT, PERSON, text_column("full_name"), can_be_empty=False),
    Field("title", "Title", Kind.TEXT, PERSON, text_column("headline")),
    Field("company", "Company", Kind.TEXT, PERSON, text_column("company")),
    Field("past_title", "Past title", Kind.TEXT, PERSON, indexed_rows(PastPositionSearch, "title"), is_many=True),
    Field("past_company", "Past company", Kind.TEXT, PERSON, indexed_rows(PastPositionSearch, "company"), is_many=True),
    Field("school", "School", Kind.TEXT, PERSON, indexed_rows(EducationSearch, "school"), is_many=True),
    Field("skill", "Skill", Kind.REFERENCE, PERSON, of_rows(CandidateSkillSearch, "skill"),
          names=SKILLS, is_many=True),
    Field("language", "Language", Kind.CHOICE, PERSON, speaks, names=Languages(), is_many=True),
    Field("city", "City", Kind.TEXT, PERSON, text_column("city")),
    Field("country", "Country", Kind.CHOICE, PERSON, of_column("country"), names=Fixed(countries)),
    Field("near", "Near", Kind.FREE, PERSON, near, check=refuse_unknown_place, hint="Lisbon 50 km", tail=TAIL, is_many=True),
    Field("timezone", "Time zone", Kind.CHOICE, PERSON, in_time_zone, names=Fixed(time_zones)),
    Field("email", "E-mail", Kind.TEXT, PERSON, in_emails, is_many=True),
    Field("phone", "Phone", Kind.TEXT, PERSON, in_phones, is_many=True, tail=DIGITS),
    Field("note", "Note", Kind.TEXT, PERSON, in_notes, is_many=True, check=not_alike),
    Field("resume", "Résumé", Kind.TEXT, PERSON, or_rows(long_text("D"), ResumeSearch), is_many=True, check=not_alike),
    Field("tag", "Tag", Kind.REFERENCE, OURS, of_rows(CandidateTagSearch, "tag"), names=TAGS, is_many=True),
    Field("pool", "Pool", Kind.REFERENCE, OURS, of_rows(PoolMembershipSearch, "pool"),
          names=Rows(TalentPool.objects.all), is_many=True),
    Field("owner", "Owner", Kind.REFERENCE, OURS, of_column("owner", is_id=True), names=OWNERS),
    Field("status", "Status", Kind.CHOICE, OURS, of_column("status"),
          names=Fixed(lambda: dict(Candidate.Status.choices)), can_be_empty=False),
    Field("source", "Source", Kind.REFERENCE, OURS, of_column("source", is_id=True),
          names=Rows(Source.objects.all)),
    Field("added", "Added", Kind.DATE, OURS, on_day("created_at"), can_be_empty=False),
    Field("changed", "Changed", Kind.DATE, OURS, on_day("updated_at"), can_be_empty=False),
    Field("task", "Open task due", Kind.DATE, OURS, rows_on_day(TaskSearch, "due_on"), is_ahead=None),
    Field("snoozed", "Snoozed until", Kind.DATE, OURS, rows_on_day(SnoozeSearch, "until_on"), is_ahead=True),
    Field("contacted", "Last contact", Kind.DATE, CONTACT, on_day("last_contacted_at")),
    Field("replied", "Last reply", Kind.DATE, CONTACT, on_day("last_replied_at")),
    Field("warmth", "Warmth", Kind.NUMBER, CONTACT, warm, can_be_empty=False),
    Field("engagement", "Engagement", Kind.CHOICE, CONTACT, engaged,
          names=ENTRIES, is_many=True),
    Field("contactable", "Can be written to", Kind.YES_NO, CONTACT, contactable, can_be_empty=False),
    Field("basis", "Lawful basis", Kind.CHOICE, CONTACT, of_column("lawful_basis"),
          names=Fixed(lambda: dict(Candidate.LawfulBasis.choices)), can_be_empty=False),
    Field("remote", "Works", Kind.CHOICE, WISHES, of_rows(PreferenceSearch, "remote", remote__gt=""),
          names=Fixed(lambda: {value: label for value, label in REMOTE.choices if value})),
    Field("starts", "Could start", Kind.DATE, WISHES, rows_on_day(PreferenceSearch, "starts_on"), is_ahead=None),
    Field("wantsrole", "Wanted role", Kind.TEXT, WISHES, text_rows(PreferenceSearch, "wanted_role")),
    Field("wantsplace", "Wanted place", Kind.TEXT, WISHES, text_rows(PreferenceSearch, "wanted_place")),
    Field("wantspay", "Wanted pay a year", Kind.NUMBER, WISHES, wants_pay),
)  # fmt: skip
register(*FIELDS)
