"""Exports of other systems, known by their column titles."""

from collections.abc import Sequence
from dataclasses import dataclass

from candidates.services.importing.fields import (
    EXPORT_ID,
    REPORT_LINE,
    REPORT_REASON,
    Field,
    title_words,
)
from candidates.services.importing.guessing import Mapping

RAPPORT = "Rapport"


@dataclass(frozen=True)
class Preset:
    """One system's export: titles that give it away, and what its columns hold."""

    name: str
    # All of these are there, folded.
    signature: frozenset[str]
    # So many of the columns below are there at least.
    least: int
    columns: dict[str, Field]

    def mapping(self, header: Sequence[str]) -> Mapping:
        """The columns that this system names; the others are guessed."""
        words = [title_words(title) for title in header]
        return {
            number: self.columns[title]
            for number, title in enumerate(words)
            if title in self.columns and title not in words[:number]
        }


def _titles(text: str) -> frozenset[str]:
    return frozenset(title_words(title) for title in text.split("|"))


def _columns(**fields: str) -> dict[str, Field]:
    return {
        title_words(title): Field[name]
        for name, text in fields.items()
        for title in text.split("|")
    }


PRESETS = (
    Preset(
        RAPPORT,
        _titles(EXPORT_ID),
        10,
        _columns(
            LEAVE_OUT=f"{EXPORT_ID}|{REPORT_LINE}|{REPORT_REASON}|State of the addresses|Pools|Owner"
            "|Status|Lawful basis|Added on",
            FULL_NAME="Full name",
            PREFERRED_NAME="Preferred name",
            HEADLINE="Current title",
            COMPANY="Company",
            CITY="City",
            COUNTRY="Country",
            SALARY="Salary expectation",
            EMAIL="E-mail addresses",
            PHONE="Phones",
            LINK="Profile links",
            SKILLS="Skills",
            TAGS="Tags",
            SOURCE="Source",
            CONTACTED="Last contact",
            NOTE="Notes",
        ),
    ),
    Preset(
        "LinkedIn",
        _titles("First Name|Last Name|Connected On"),
        4,
        _columns(
            FIRST_NAME="First Name",
            LAST_NAME="Last Name",
            LINK="URL",
            EMAIL="Email Address",
            COMPANY="Company",
            HEADLINE="Position",
        ),
    ),
    Preset(
        "Greenhouse",
        _titles("Candidate ID"),
        5,
        _columns(
            FULL_NAME="Candidate|Candidate Name|Name",
            FIRST_NAME="First Name|Candidate First Name",
            LAST_NAME="Last Name|Candidate Last Name",
            PREFERRED_NAME="Preferred First Name",
            EMAIL="Email|Email Address|Emails|Email Addresses|Candidate Email|Email(s)",
            PHONE="Phone|Phone Number|Phones|Phone Numbers|Phone(s)",
            LINK="LinkedIn|LinkedIn Profile|Website|Website Addresses|Social Media|Greenhouse URL",
            COMPANY="Company|Current Company",
            HEADLINE="Title|Current Title",
            TAGS="Tags|Candidate Tags",
            SOURCE="Source|Source Name",
            CONTACTED="Last Activity|Last Activity Date",
            KEEP="Candidate ID|Application ID|Job|Jobs|Job Name|Status|Stage|Current Stage|Recruiter"
            "|Coordinator|Sourcer|Referrer|Credited To|Rejection Reason|Date Applied|Application Date|School|Degree|Discipline",
        ),
    ),
    Preset(
        "Lever",
        _titles("Stage|Origin"),
        6,
        _columns(
            FULL_NAME="Full Name|Full-Name|Name|Candidate Name|Contact Name",
            EMAIL="Email|Emails|Candidate Email",
            PHONE="Phone|Phones|Phone Number",
            LINK="Links|Link",
            HEADLINE="Headline|Current Title",
            COMPANY="Company|Current Company|Organization",
            CITY="Location",
            TAGS="Tags",
            SOURCE="Sources|Source",
            CONTACTED="Last Interaction|Last-Interaction|Last Interaction At",
            NOTE="Note|Notes",
            KEEP="Stage|Origin|Posting|Posting Title|Lever Posting URL|Owner|Archive Reason|Archive-Reason|Archived At"
            "|Archive-Date|Date-Added|Created At|Resume Filename|IsSecretNote|Opportunity ID|Contact ID|Profile ID",
        ),
    ),
    Preset(
        "OpenCATS",
        _titles("Key Skills"),
        4,
        _columns(
            FIRST_NAME="First Name|firstName",
            LAST_NAME="Last Name|lastName",
            EMAIL="E-Mail|2nd E-Mail|Email|Email 2|email1|email2",
            PHONE="Home Phone|Cell Phone|Work Phone|phoneHome|phoneCell|phoneWork",
            CITY="City",
            COMPANY="Current Employer|currentEmployer",
            SALARY="Desired Pay|desiredPay",
            SKILLS="Key Skills|keySkills",
            SOURCE="Source",
            LINK="Web Site|webSite",
            NOTE="Misc Notes|Notes",
            KEEP="State|Zip|Address|Owner|Can Relocate|Current Pay|Date Available|Created|Modified|OwnerID|IsHot|Best Time to Call",
        ),
    ),
)


def recognize(header: Sequence[str]) -> Preset | None:
    """The system that wrote a file with these titles, if one of those we know did."""
    words = {title_words(title) for title in header}
    found = [
        preset
        for preset in PRESETS
        if preset.signature <= words
        and len(words & (preset.columns.keys() | preset.signature)) >= preset.least
    ]
    return found[0] if found else None
