"""How sure it is that two people are one: the only place where that is weighed.

The weights are those of Fellegi and Sunter ("A Theory for Record Linkage", 1969): each observation adds
log2(m/u) bits, where m is how often it is so for one person's two records and u how often for two people's.
A confidence is what the sum of the bits says as a probability. m and u are estimates:

- PRIOR: among pairs that share a key at all (see `keys.py`), about one in a thousand is one person.
- A mailbox or a personal profile names one person, except for typing errors and shared accounts: u is below one
  in 100,000 (17 and 19 bits). A number is shared by families and offices: one in a thousand (10).
- The same full name: about as rare as a common pair of names, one in a thousand (10); it says less, the more
  people here have it (`namesakes`: a bit for each doubling beyond two). A short form, another spelling, a wrong letter and
  an initial each leave more people that fit (8, 8, 7, 5). A wrong digit is no slip of a name: it counts somebody else.
- The same employer: one in thirty of those who share a name key (5). The same city: one in eight (3). People
  move and change jobs, so that another one says little against (-1 each; another country -2).
- What speaks against: the same family with another given name is a couple or siblings (-6), another name
  altogether (-9).
- Identifiers that contradict: both have some of a kind and none agrees. One person has a private and a work mailbox
  and changes either now and then, so a quarter of the pairs of one person are like that (-2), but hardly two
  mailboxes at one employer (one in thirty, -5); of two at one public provider (-4) it is one in fifteen. A number
  is given up less often (one in eight, -3). Hardly anybody has two profiles on one site (one in 250, -8).

Where a line is drawn, and why there:

- POSSIBLE, 50 %: from there on a look is worth more often than not. Less never enters the queue.
- LIKELY, 75 %: three in four, the place where Fellegi and Sunter's clerical review begins to be a formality.
- CERTAIN, 95 %: one error in twenty looked at. Words alone never reach it: names, employers and cities are shared by
  people who are two, and no number of them proves the contrary. A pair has to share an identifier (IDENTIFYING).
- UNSEEN, 90 %: the least that groups may be merged at without a look at each; there each pair that joins two
  people has to share an identifier, too.

Tested against a table of pairs in tests/candidates/duplicates/test_scoring.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log2

from candidates.public_mail import PUBLIC_MAIL
from candidates.services.duplicates.names import Comparison, Likeness, compare_names, words_of
from candidates.services.identifying import fold
from candidates.services.matching import is_decisive

PRIOR = -10.0
POSSIBLE, LIKELY, UNSEEN, CERTAIN = 50, 75, 90, 95
# The kinds of reasons that name a person: without one of them no pair is certain.
IDENTIFYING = frozenset({"email", "phone", "profile"})

MAILBOX, PROFILE, SHARED_MAILBOX, PHONE, LINK = 17.0, 19.0, 2.0, 10.0, 4.0
NAME = {
    Likeness.SAME: 10.0,
    Likeness.SPELLING: 8.0,
    Likeness.FORM: 8.0,
    Likeness.TYPO: 7.0,
    Likeness.INITIAL: 5.0,
}
SWAPPED, PARTIAL = -1.0, -1.0
SINGLE_WORD, SAME_GIVEN, SAME_FAMILY, OTHER_NAME = 2.0, 1.0, -6.0, -9.0
COMPANY, CITY = 5.0, 3.0
OTHER_COMPANY, OTHER_CITY, OTHER_COUNTRY = -1.0, -1.0, -2.0
OTHER_MAILBOX, OTHER_AT_PROVIDER, OTHER_AT_COMPANY = -2.0, -4.0, -5.0
OTHER_PHONE, OTHER_PROFILE = -3.0, -8.0

_LEGAL_FORMS = frozenset(
    {"ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "group", "inc", "kg"}
    | {"limited", "llc", "llp", "ltd", "nv", "oy", "plc", "sa", "sarl", "sas", "se", "sl", "spa"}
    | {"srl", "the", "und", "and", "mbh", "ug", "holding", "international", "pty", "sro", "zoo"}
)


@dataclass(frozen=True)
class Facts:
    """What one person is compared by: normalized identifiers, and words as they stand in the record."""

    name: str = ""
    preferred_name: str = ""
    company: str = ""
    city: str = ""
    country: str = ""
    mailboxes: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    # How many people of the organization have this name, as far as that is known.
    namesakes: int = 1


@dataclass(frozen=True)
class Score:
    """A confidence of 1 to 99, and the reasons for it: kind and sentence, strongest first."""

    confidence: int
    reasons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        return [sentence for _, sentence in self.reasons]


def is_identified(reasons: Iterable[Sequence[str]]) -> bool:
    """Whether the two of whom these are the reasons share something that names a person."""
    return any(kind in IDENTIFYING for kind, _ in reasons)


# A file says the same employers again and again.
@lru_cache(maxsize=2**15)
def company_words(company: str) -> str:
    """An employer's name without its legal form: "Acme Robotics GmbH & Co. KG" → "acme robotics"."""
    words = fold(company).replace(".", "").replace(",", " ").replace("&", " ").split()
    return " ".join(word for word in words if word not in _LEGAL_FORMS)


def city_words(city: str) -> str:
    """A city as it is compared: without region, "Berlin, Germany" is "berlin"."""
    return fold(city.partition(",")[0].partition("(")[0])


def score(one: Facts, other: Facts) -> Score:
    """How sure it is that `one` and `other` are the same person, and why."""
    found = [
        *_identifiers(one, other),
        *_contradictions(one, other),
        *_names(one, other),
        *_places(one, other),
    ]
    bits = PRIOR + sum(weight for weight, _, _ in found)
    reasons = [
        (kind, sentence)
        for weight, kind, sentence in sorted(found, key=lambda seen: -seen[0])
        if sentence
    ]
    most = 99 if is_identified(reasons) else CERTAIN - 1
    return Score(max(1, min(most, round(100 / (1 + 2**-bits)))), reasons)


Observation = tuple[float, str, str]


def _identifiers(one: Facts, other: Facts) -> Iterable[Observation]:
    """The strongest of each kind: two common numbers are hardly more than one."""
    mailboxes = one.mailboxes & other.mailboxes
    if any(is_decisive("email", mailbox) for mailbox in mailboxes):
        yield MAILBOX, "email", "same mailbox"
    elif mailboxes:
        yield SHARED_MAILBOX, "shared", "same shared mailbox"
    if one.phones & other.phones:
        yield PHONE, "phone", "same phone number"
    links = one.links & other.links
    if any(is_decisive("profile", link) for link in links):
        site = next(link for link in sorted(links) if is_decisive("profile", link))
        yield PROFILE, "profile", f"same profile on {site.partition('/')[0]}"
    elif links:
        yield LINK, "shared", "same profile link"


def _contradictions(one: Facts, other: Facts) -> Iterable[Observation]:
    """Of each kind of which both have some and share none: what that says, at its worst."""
    mine, theirs = (
        {mailbox for mailbox in facts.mailboxes if is_decisive("email", mailbox)}
        for facts in (one, other)
    )
    if mine and theirs and not mine & theirs:
        yield min(_other_mailbox(domain) for domain in _domains(mine) & _domains(theirs) | {""})
    if one.phones and other.phones and not one.phones & other.phones:
        yield OTHER_PHONE, "other", "different phone numbers"
    profiles, others = _profiles(one), _profiles(other)
    sites = [site for site in sorted(profiles) if profiles[site].isdisjoint(others.get(site, ()))]
    if site := next((site for site in sites if site in others), ""):
        yield OTHER_PROFILE, "other", f"different profiles on {site}"


def _domains(mailboxes: Iterable[str]) -> set[str]:
    return {mailbox.rpartition("@")[2] for mailbox in mailboxes}


def _other_mailbox(domain: str) -> Observation:
    """Two mailboxes, at one domain or ("") at two."""
    if not domain:
        return OTHER_MAILBOX, "other", "different e-mail addresses"
    if domain in PUBLIC_MAIL:
        return OTHER_AT_PROVIDER, "other", f"different addresses at {domain}"
    return OTHER_AT_COMPANY, "other", "different addresses at the same company"


def _profiles(facts: Facts) -> dict[str, set[str]]:
    """The personal profiles by their site."""
    found: dict[str, set[str]] = {}
    for link in facts.links:
        if is_decisive("profile", link):
            found.setdefault(link.partition("/")[0], set()).add(link)
    return found


def _names(one: Facts, other: Facts) -> Iterable[Observation]:
    if not one.name or not other.name:
        return
    best = max(
        (_weigh(compared) for compared in _comparisons(one, other)), key=lambda seen: seen[0]
    )
    weight, sentence = best
    if weight > NAME[Likeness.INITIAL]:
        weight -= max(0.0, log2(max(one.namesakes, other.namesakes, 2)) - 1)
    yield weight, "name", sentence


def _comparisons(one: Facts, other: Facts) -> Iterable[Comparison]:
    """The full names, and each with what the person is called instead of the given name."""
    for mine in _called(one):
        for theirs in _called(other):
            yield compare_names(mine, theirs)


def _called(facts: Facts) -> list[str]:
    words = words_of(facts.name)
    preferred = words_of(facts.preferred_name)
    if len(preferred) == 1 and len(words) > 1 and preferred[0] not in words:
        return [facts.name, " ".join([*preferred, *words[1:]])]
    return [facts.name]


def _weigh(compared: Comparison) -> tuple[float, str]:
    if not compared.likeness:
        if compared.same_given:
            return SAME_GIVEN, compared.sentence
        return (SAME_FAMILY if compared.same_family else OTHER_NAME), ""
    if compared.is_single:
        return SINGLE_WORD, compared.sentence
    weight = NAME[compared.likeness]
    weight += SWAPPED if compared.is_swapped else 0
    weight += PARTIAL if compared.is_partial and compared.likeness > Likeness.INITIAL else 0
    return weight, compared.sentence


def _places(one: Facts, other: Facts) -> Iterable[Observation]:
    company, others = company_words(one.company), company_words(other.company)
    if company and others:
        is_same = company == others or company.split()[0] == others.split()[0]
        yield (COMPANY, "company", "same company") if is_same else (OTHER_COMPANY, "company", "")
    city, elsewhere = city_words(one.city), city_words(other.city)
    if city and elsewhere:
        yield (CITY, "city", "same city") if city == elsewhere else (OTHER_CITY, "city", "")
    if one.country and other.country and one.country != other.country:
        yield OTHER_COUNTRY, "country", ""
