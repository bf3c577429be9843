"""What the API takes and answers, in product words; the OpenAPI document is made from it."""

from datetime import date, datetime
from typing import Literal

from ninja import Field, Schema
from pydantic import ConfigDict

MOST_ROWS = 100
USUAL_ROWS = 50


class Search(Schema):
    """Whom a list is about, as in the address of the list of candidates."""

    q: str = Field("", description="The search text, as it is typed into the search box.")
    where: str = Field("", description="A second search text, as the filter builder writes it.")
    tag: str = Field("", description="The id of a tag.")
    pool: str = Field("", description="The id of a pool.")
    owner: str = Field("", description="The id of a member, “me”, or “none”.")
    status: str = Field("", description="A status, such as “new”.")


class SortedSearch(Search):
    """A page of people."""

    sort: Literal["", "touched", "untouched", "warmest"] = Field(
        "",
        description="The order: the newest first, or whom one was in touch with last or longest ago, or who is warmest.",
    )
    limit: int = Field(USUAL_ROWS, ge=1, le=MOST_ROWS, description="How many a page holds at most.")
    cursor: str = Field("", description="Where the page begins; “next” of the page before has it.")


class PoolSearch(Schema):
    """A page of pools."""

    q: str = Field(
        "", max_length=200, description="Words of the name, the description or the team."
    )
    limit: int = Field(USUAL_ROWS, ge=1, le=MOST_ROWS, description="How many a page holds at most.")
    cursor: str = Field("", description="Where the page begins; “next” of the page before has it.")


class Mistake(Schema):
    """One thing that is wrong with the request."""

    parameter: str = Field(description="Empty where the search as a whole is meant.")
    sentence: str
    at: int | None = Field(None, description="Where in the text it is, counted from 0.")
    length: int | None = None
    before: str | None = None
    place: str | None = None
    after: str | None = None


class Problem(Schema):
    """A refusal."""

    detail: str
    errors: list[Mistake]


class Member(Schema):
    """A colleague."""

    id: int
    name: str


class CandidateRow(Schema):
    """A candidate in a list."""

    id: int
    full_name: str
    headline: str = Field(description="The current title.")
    company: str
    city: str
    country: str = Field(description="ISO 3166-1 alpha-2.")
    status: str
    owner: Member | None
    warmth: int = Field(description="0 to 100.")
    next_due_on: date | None = Field(description="When the next task is due.")
    url: str


class CandidatePage(Schema):
    """A page of candidates."""

    candidates: list[CandidateRow]
    next: str | None = Field(description="The address of the next page; null on the last one.")


class Count(Schema):
    """How many candidates match, as the page says it."""

    count: int
    is_capped: bool = Field(description="Whether there are more than that.")
    text: str


class Email(Schema):
    """A candidate's mail address."""

    address: str
    is_primary: bool
    state: str


class Phone(Schema):
    """A candidate's phone number."""

    number: str
    is_primary: bool


class Named(Schema):
    """Something with a name."""

    id: int
    name: str


class CustomValues(Schema):
    """What stands in one of the organization's own fields."""

    key: str
    label: str
    values: list[str]


class NoteText(Schema):
    """What a colleague wrote."""

    id: int
    body: str
    author: str
    is_private: bool
    created_at: datetime


class CandidacyLine(Schema):
    """A candidate on a job that the member sees."""

    id: int
    job: Named
    stage: str
    created_at: datetime
    closed_at: datetime | None


class Candidate(Schema):
    """A candidate's record. What the member's role does not read is absent."""

    model_config = ConfigDict(title="Candidate")

    id: int
    full_name: str
    headline: str
    company: str
    city: str
    country: str
    url: str
    skills: list[str]
    links: list[str]
    candidacies: list[CandidacyLine]
    preferred_name: str | None = None
    status: str | None = None
    lawful_basis: str | None = None
    salary_expectation: str | None = None
    source: str | None = None
    owner: Member | None = None
    warmth: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_contacted_at: datetime | None = None
    last_replied_at: datetime | None = None
    emails: list[Email] | None = None
    phones: list[Phone] | None = None
    tags: list[Named] | None = None
    pools: list[Named] | None = None
    fields: list[CustomValues] | None = None
    notes: list[NoteText] | None = None


class Pool(Schema):
    """A talent pool."""

    id: int
    name: str
    description: str
    owner: Member | None
    is_smart: bool = Field(description="Whether a search fills it.")
    people: int
    new_people: int = Field(description="Who came in within seven days.")
    url: str


class PoolPage(Schema):
    """A page of pools."""

    pools: list[Pool]
    next: str | None = Field(description="The address of the next page; null on the last one.")


class Operator(Schema):
    """A way to compare a field."""

    operator: str
    label: str
    example: str = Field(description="How it is written in “q” and “where”.")


class SearchField(Schema):
    """A field to search by."""

    key: str
    label: str
    kind: str
    group: str
    hint: str
    operators: list[Operator]


class SearchFields(Schema):
    """All fields that the member may search by."""

    fields: list[SearchField]
