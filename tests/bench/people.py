"""The people that are measured, and all that is known of them: columns from hashes, in the order in which they came."""

from itertools import accumulate

from tests.bench.filling import Connection, insert, pick

# How much of each there is, for each candidate (one in so many for the latter).
TOUCHPOINTS = 5
ONE_IN_POOL, ONE_TAGGED = 2, 3
ONE_CONTACTED, ONE_ANSWERED, ONE_NOTED, ONE_CALLABLE, ONE_FLUENT, ONE_TO_DO = 3, 7, 5, 2, 2, 10
POOLS, TAGS = 10, 20
FIRST = (
    "Amara Bastien Chidi Dilan Elif Freya Goran Hana Ines Jonas Kavya Linh Mateo Noor Oskar Priya"
)
LAST = "Okafor Lindqvist Schneider Yildiz Moreno Nguyen Kimani Raman Novak Silva Hughes Tanabe Haddad Berg Rossi Weber"
TITLES = "Backend Engineer,Nurse Manager,Data Engineer,Accountant,Product Designer"
COMPANIES = "Tidewater Parcelo Santelle Bazarek Betalix Kedai Mestolo"
SKILLS = "Python,Django,Kubernetes,Bookkeeping,Triage,Terraform,Figma,Spark,Welding,Rust,Payroll,Negotiation"
# Each person has three of them, counted on from the first: never one twice.
SKILLS_APART = (0, 1, 5)
# Words of notes: so many that the search index has the statistics it has in life.
STORIES = " ".join(
    first + last
    for first in [
        "ba",
        "ce",
        "di",
        "fo",
        "gu",
        "ha",
        "ki",
        "lo",
        "mu",
        "ne",
        "pi",
        "ro",
        "su",
        "ta",
        "vo",
        "we",
    ]
    for last in ["lan", "ter", "min", "dor", "gel", "rix", "nov", "sen", "tal", "var"]
)
LANGUAGES = "English German French Japanese Yoruba Turkish"
# Name, country, degrees north and east, time zone.
TOWNS = (
    ("Berlin", "DE", 52.52, 13.41, "Europe/Berlin"),
    ("Lyon", "FR", 45.75, 4.85, "Europe/Paris"),
    ("Leeds", "GB", 53.80, -1.55, "Europe/London"),
    ("Lagos", "NG", 6.45, 3.39, "Africa/Lagos"),
    ("Tokyo", "JP", 35.69, 139.69, "Asia/Tokyo"),
    ("Potsdam", "DE", 52.40, 13.07, "Europe/Berlin"),
    ("Paris", "FR", 48.85, 2.35, "Europe/Paris"),
    ("Manchester", "GB", 53.48, -2.24, "Europe/London"),
    ("Ibadan", "NG", 7.38, 3.91, "Africa/Lagos"),
    ("Osaka", "JP", 34.69, 135.50, "Asia/Tokyo"),
)
SITES = "North South East West"
# The own fields of each organization, in this order: one number, one choice, one day.
NOTICE, SITE, AVAILABLE = 1, 2, 3


def shares(organizations: int) -> list[float]:
    """Which share of everybody each organization has, by rank; the first has about 0.3 of fifty."""
    weights = [1 / (rank + 1) for rank in range(organizations)]
    # A larger head than pure Zipf.
    weights[0] *= 1.5
    return [weight / sum(weights) for weight in weights]


def organizations_of(connection: Connection, organizations: int) -> None:
    numbers = f"FROM generate_series(1, {organizations}) n"
    insert(
        connection,
        "tenancy.Organization",
        {"id": "n", "name": "'Organization ' || n", "slug": "'org-' || n"},
        numbers,
    )
    insert(
        connection,
        "accounts.User",
        {
            "id": "n",
            "password": "'!'",
            "email": "'owner-' || n || '@example.com'",
            "name": "'Owner ' || n",
        },
        numbers,
    )
    insert(
        connection,
        "tenancy.Membership",
        {"user_id": "n", "organization_id": "n", "role": "'owner'"},
        numbers,
    )


def people_of(connection: Connection, candidates: int, organizations: int) -> None:
    bounds = [0.0, *accumulate(shares(organizations))][:-1]
    names = ("city", "country", "latitude", "longitude", "time_zone")
    connection.execute(
        "CREATE TEMPORARY TABLE town (k int, city text, country text, latitude float, longitude float, time_zone text)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO town VALUES (%s, %s, %s, %s, %s, %s)",
            [(k, *town) for k, town in enumerate(TOWNS)],
        )
    connection.execute(
        "CREATE TEMPORARY TABLE person AS SELECT n AS id, h, at, at < now() - interval '730 days' AS is_past,"
        f" width_bucket((abs(hashint8extended(n, 7)) %% 1000003) / 1000003.0, %(bounds)s::numeric[]) AS org,"
        f" {pick(FIRST, 1)} || ' ' || {pick(LAST, 16)} || ' ' || to_hex((h / 256) %% 4096) AS name,"
        f" {pick(TITLES, 7, ',')} AS headline, {pick(COMPANIES, 11)} AS company, {', '.join(names)},"
        f" h %% {ONE_CONTACTED} = 0 AS is_contacted, h %% {ONE_ANSWERED} = 0 AS has_answered,"
        f" ARRAY[{', '.join(pick(SKILLS, 29, ',', apart) for apart in SKILLS_APART)}] AS skills,"
        f" CASE WHEN h %% {ONE_CALLABLE} = 0 THEN '+4915' || lpad(n::text, 9, '0') END AS phone,"
        f" CASE WHEN (h / 3) %% {ONE_NOTED} = 0 THEN 'Met at the ' || {pick(COMPANIES, 37)} ||"
        f" ' fair, talked of ' || {pick(SKILLS, 41, ',')} || ' and of moving to ' || {pick(LAST, 43)}"
        f" || ': ' || {pick(STORIES, 53)} || ' ' || {pick(STORIES, 59)} || ' ' || {pick(STORIES, 61)} END AS note"
        " FROM (SELECT n, abs(hashint8(n)::bigint) AS h,"
        " now() - interval '1100 days' * (1 - n / %(candidates)s::float) AS at"
        " FROM generate_series(1::bigint, %(candidates)s) n) numbered"
        f" JOIN town ON town.k = (h / 13) %% {len(TOWNS)} ORDER BY n",
        {"bounds": bounds, "candidates": candidates},
    )
    connection.execute("ANALYZE person")
    insert(
        connection,
        "candidates.Candidate",
        {
            **{name: name for name in ("id", "headline", "company", "city", "country")},
            "organization_id": "org",
            "full_name": "name",
            "status": "'nurturing'",
            "owner_id": "CASE WHEN h %% 5 < 2 THEN org END",
            "created_at": "at",
            "last_contacted_at": "CASE WHEN is_contacted THEN at + interval '2 days' END",
            "last_replied_at": "CASE WHEN has_answered THEN at + interval '3 days' END",
            "heat": "theirs + least(ours, theirs) + 0.1 * greatest(ours - theirs, 0)",
            "search_text": "words",
            # By a trigger otherwise; the notes' words weigh less.
            "search": "setweight(candidates_vector(words), 'A') || CASE WHEN note IS NULL THEN ''::tsvector"
            " ELSE setweight(candidates_vector(candidates_fold(note)), 'C') END",
            "provenance": """'{"*": {"kind": "import", "label": "people.csv", "at": "2026-01-01T00:00:00+00:00"}}'""",
        },
        "FROM person, LATERAL (SELECT lower(concat_ws(E'\\n', name, company, headline, city,"
        " 'p' || id || '@example.com', phone, array_to_string(skills, E'\\n'))) AS words) texts,"
        f" LATERAL (SELECT {_fading(1)} AS mailed, {_fading(2)} AS called, {_fading(3)} AS answered) worth,"
        " LATERAL (SELECT CASE WHEN is_contacted THEN 18 * called ELSE 0 END"
        " + CASE WHEN has_answered THEN 30 * answered ELSE 0 END AS theirs,"
        " CASE WHEN is_contacted THEN 3 * mailed + 7 * called ELSE 0 END AS ours) sides ORDER BY id",
    )
    of_person = {"organization_id": "org", "candidate_id": "id"}
    kinds = (
        "'note'",
        "CASE WHEN is_contacted THEN 'mail_sent' ELSE 'edited' END",
        "CASE WHEN is_contacted THEN 'call' ELSE 'edited' END",
        "CASE WHEN has_answered THEN 'mail_received' ELSE 'edited' END",
        "'pool'",
    )
    for number in range(TOUCHPOINTS):
        # One pass for each, so that a person's entries do not lie side by side.
        insert(
            connection,
            "candidates.Touchpoint",
            {
                **of_person,
                "kind": kinds[number % len(kinds)],
                "at": f"at + {number} * interval '1 day'",
                "summary": "'Something happened'",
            },
            "FROM person",
        )


def _fading(days: int) -> str:
    """SQL: what a point of so many days after the person came is worth, as `candidates.queries.warmth` has it."""
    moment = (
        f"extract(epoch FROM at + interval '{days} days' - '2020-01-01 00:00:00+00'::timestamptz)"
    )
    return f"power(2::float, ({moment} / (90 * 86400))::float)"


def what_is_known(connection: Connection) -> None:
    """Ways to be reached, places, skills, languages, notes, tasks, and values of own fields."""
    of_person = {"organization_id": "org", "candidate_id": "id"}
    imported = {"provenance_kind": "'import'"}
    address = "'p' || id || '@example.com'"
    insert(
        connection,
        "candidates.EmailAddress",
        {**of_person, **imported, "address": address, "normalized": address, "is_primary": "true"},
        "FROM person",
    )
    insert(
        connection,
        "candidates.PhoneNumber",
        {**of_person, **imported, "number": "phone", "normalized": "phone", "is_primary": "true"},
        "FROM person WHERE phone IS NOT NULL",
    )
    insert(
        connection,
        "candidates.CandidatePlace",
        {
            **of_person,
            **{name: name for name in ("country", "latitude", "longitude", "time_zone")},
            "name": "city",
            "place": "city || ', ' || country",
        },
        "FROM person",
    )
    names = SKILLS.split(",")
    insert(
        connection,
        "candidates.Skill",
        {
            "id": f"{len(names)} * (o.id - 1) + k",
            "organization_id": "o.id",
            "name": "s.name",
            "normalized": "lower(s.name)",
        },
        f"FROM tenancy_organization o, unnest('{{{SKILLS}}}'::text[]) WITH ORDINALITY AS s (name, k)",
    )
    for apart in SKILLS_APART:
        number = f"1 + (h / 29 + {apart}) %% {len(names)}"
        insert(
            connection,
            "candidates.CandidateSkill",
            {**of_person, **imported, "skill_id": f"{len(names)} * (org - 1) + {number}"},
            "FROM person",
        )
    insert(
        connection,
        "candidates.SpokenLanguage",
        {
            **of_person,
            **imported,
            "name": pick(LANGUAGES, 47),
            "normalized": f"lower({pick(LANGUAGES, 47)})",
            "level": "'c1'",
        },
        f"FROM person WHERE (h / 7) %% {ONE_FLUENT} = 0",
    )
    insert(
        connection,
        "candidates.Note",
        {**of_person, "author_id": "org", "body": "note", "created_at": "at"},
        "FROM person WHERE note IS NOT NULL",
    )
    insert(
        connection,
        "candidates.Task",
        {**of_person, "title": "'Call back'", "due_on": "(at + interval '400 days')::date"},
        f"FROM person WHERE (h / 11) %% {ONE_TO_DO} = 0",
    )
    _own_fields(connection)


def _own_fields(connection: Connection) -> None:
    """Each organization's number, choice and day, and who has which."""
    options = SITES.split()
    for number, name, kind in (
        (NOTICE, "Notice", "number"),
        (SITE, "Site", "single"),
        (AVAILABLE, "Available", "date"),
    ):
        insert(
            connection,
            "candidates.CustomField",
            {
                "id": f"3 * (id - 1) + {number}",
                "organization_id": "id",
                "name": f"'{name}'",
                "key": f"'{name.lower()}'",
                "kind": f"'{kind}'",
                "position": str(number),
            },
            "FROM tenancy_organization",
        )
    insert(
        connection,
        "candidates.CustomFieldOption",
        {
            "id": f"{len(options)} * (o.id - 1) + k",
            "organization_id": "o.id",
            "field_id": f"3 * (o.id - 1) + {SITE}",
            "name": "s.name",
            "normalized": "lower(s.name)",
            "position": "k",
        },
        f"FROM tenancy_organization o, unnest('{{{','.join(options)}}}'::text[]) WITH ORDINALITY AS s (name, k)",
    )
    for number, column, value, one_in in (
        (NOTICE, "number", "(h / 31) %% 180", 2),
        (SITE, "option_id", f"{len(options)} * (org - 1) + 1 + (h / 31) %% {len(options)}", 3),
        (AVAILABLE, "day", "(at + interval '500 days')::date", 4),
    ):
        insert(
            connection,
            "candidates.CandidateCustomValue",
            {
                "organization_id": "org",
                "candidate_id": "id",
                "provenance_kind": "'import'",
                "field_id": f"3 * (org - 1) + {number}",
                column: value,
            },
            f"FROM person WHERE h %% {one_in} = 0",
        )


def labels_of(connection: Connection) -> None:
    for label, name, count, values in (
        ("candidates.TalentPool", "Pool", POOLS, {}),
        ("candidates.Tag", "Tag", TAGS, {"normalized": "'tag ' || k"}),
    ):
        insert(
            connection,
            label,
            {"organization_id": "id", "name": f"'{name} ' || k", **values},
            f"FROM tenancy_organization, generate_series(1, {count}) k",
        )
    for label, column, name, count, one_in in (
        ("candidates.PoolMembership", "pool_id", "Pool", POOLS, ONE_IN_POOL),
        ("candidates.CandidateTag", "tag_id", "Tag", TAGS, ONE_TAGGED),
    ):
        table = "candidates_talentpool" if name == "Pool" else "candidates_tag"
        insert(
            connection,
            label,
            {"organization_id": "org", "candidate_id": "person.id", column: "l.id"},
            f"FROM person JOIN {table} l ON l.organization_id = org"
            f" AND l.name = '{name} ' || (1 + (h / 17) %% {count}) WHERE h %% {one_in} = 0",
        )
