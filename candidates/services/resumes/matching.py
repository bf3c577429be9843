"""Who a résumé is of: somebody we know by address, profile or telephone, or nobody yet."""

from dataclasses import dataclass

from candidates.models import Candidate, Resume, Suppression
from candidates.services.identifying import normalize_email, normalize_link, normalize_phone
from candidates.services.matching import find_matches, is_decisive, names_agree, same
from candidates.services.suppressing import Reason, suppressed_reasons

# Addresses found with less confidence are those of referees.
SURE = 0.5
Kind = Suppression.Kind


@dataclass(frozen=True)
class Match:
    candidate: Candidate
    reason: str


def values_of(resume: Resume, name: str, *, least: float = 0.0) -> list[str]:
    """The values found for a field, those below `least` left out."""
    found = resume.fields.get(name) or []
    return [str(one["value"]) for one in found if one["confidence"] >= least]


def identifiers_of(resume: Resume) -> list[tuple[str, str]]:
    """How the person can be known: kind and normalized value."""
    country = next(iter(values_of(resume, "country", least=SURE)), "")
    found = [
        *(
            (Kind.EMAIL.value, normalize_email(value) or "")
            for value in values_of(resume, "email", least=SURE)
        ),
        *(
            (Kind.PHONE.value, normalize_phone(value, country=country))
            for value in values_of(resume, "phone", least=SURE)
        ),
        *(
            (Kind.PROFILE.value, normalize_link(value))
            for value in values_of(resume, "link", least=SURE)
        ),
    ]
    return [(kind, value) for kind, value in found if value]


def is_erased(resume: Resume) -> bool:
    """Whether the person was erased and must not come back."""
    reasons = suppressed_reasons(identifiers_of(resume))
    return any(Reason.ERASED in told for told in reasons.values())


def find_people(resume: Resume) -> list[Match]:
    """Who it may be, the surest first: an address or profile decides, a telephone only with the name."""
    identifiers = identifiers_of(resume)
    found = find_matches(
        *(
            [value for kind, value in identifiers if kind == wanted]
            for wanted in ("email", "phone", "profile")
        )
    )
    people = Candidate.objects.in_bulk({pk for ids in found.values() for pk in ids})
    name = next(iter(values_of(resume, "name")), "")
    matches: dict[int, Match] = {}
    for identifier in identifiers:
        for pk in found.get(identifier, []):
            agrees = bool(name) and names_agree(people[pk].full_name, name)
            if pk not in matches and (is_decisive(*identifier) or agrees):
                matches[pk] = Match(people[pk], same(identifier[0]).capitalize())
    return list(matches.values())[:5]
