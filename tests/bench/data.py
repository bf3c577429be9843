"""Makes the data that is measured: organizations whose sizes follow Zipf's law, columns from hashes.

Hashes, not `random()`: equal random expressions in one statement share a value, which correlates columns.
"""

import psycopg
from psycopg import sql

# How much of each there is, for each candidate.
TOUCHPOINTS = 5


def organization_sizes(candidates: int, organizations: int) -> list[int]:
    """`candidates` over `organizations` by rank: the largest has about 0.3 of one million over 50."""
    weights = [1 / (rank + 1) for rank in range(organizations)]
    # A flatter head than pure Zipf: the largest tenant holds 30 %.
    weights[0] *= 1.35
    total = sum(weights)
    return [max(20, int(candidates * weight / total)) for weight in weights]


def fill(
    connection: psycopg.Connection[tuple[object, ...]], *, candidates: int, organizations: int
) -> None:
    """Fill the empty tables, as a superuser and set by set; about 25 s for 100,000 candidates."""
    for number, size in enumerate(organization_sizes(candidates, organizations), start=1):
        _organization(connection, number, size)
    connection.execute("VACUUM ANALYZE")


def _organization(
    connection: psycopg.Connection[tuple[object, ...]], number: int, size: int
) -> None:
    row = connection.execute(
        "INSERT INTO tenancy_organization (name, slug, time_zone, postal_address, requires_second_factor, created_at)"
        " VALUES (%s, %s, 'UTC', '', false, now()) RETURNING id",
        [f"Organization {number}", f"org-{number}"],
    ).fetchone()
    assert row is not None
    values = {"org": row[0], "size": size}

    def run(statement: str) -> None:
        connection.execute(sql.SQL(statement), values)  # type: ignore[arg-type]

    run(
        "INSERT INTO accounts_user (password, is_superuser, email, name, is_active, is_staff, joined_at)"
        " VALUES ('!', false, 'owner-' || %(org)s || '@example.com', 'Owner', true, false, now())"
    )
    run(
        "INSERT INTO tenancy_membership (user_id, organization_id, role, created_at)"
        " SELECT id, %(org)s, 'owner', now() FROM accounts_user"
        " WHERE email = 'owner-' || %(org)s || '@example.com'"
    )
    run(
        "INSERT INTO candidates_candidate (organization_id, full_name, preferred_name, headline, company,"
        " city, country, salary_expectation, status, lawful_basis, created_at, updated_at,"
        " last_contacted_at, search_text)"
        " SELECT %(org)s, name, '', headline, company, city, country, '', 'nurturing',"
        " 'legitimate_interest', at, at, CASE WHEN h %% 3 = 0 THEN at + interval '9 days' END,"
        " lower(name || ' ' || headline || ' ' || company || ' ' || 'p' || n || '.' || %(org)s || '@example.com')"
        " FROM (SELECT n, h, (ARRAY['Amara','Bastien','Chidi','Dilan','Elif','Freya','Goran','Hana','Ines',"
        "'Jonas','Kavya','Linh','Mateo','Noor','Oskar','Priya'])[1 + h %% 16] || ' ' ||"
        " (ARRAY['Okafor','Lindqvist','Schneider','Yildiz','Moreno','Nguyen','Kimani','Raman','Novak','Silva',"
        "'Hughes','Tanabe','Haddad','Berg','Rossi','Weber'])[1 + (h / 16) %% 16] || ' ' || to_hex(h %% 4096) AS name,"
        " (ARRAY['Backend Engineer','Nurse Manager','Data Engineer','Accountant','Product Designer'])[1 + (h / 7) %% 5]"
        " AS headline, (ARRAY['Tidewater','Parcelo','Santelle','Bazarek','Betalix','Kedai','Mestolo'])[1 + (h / 11) %% 7]"
        " AS company, (ARRAY['Berlin','Lyon','Leeds','Lagos','Tokyo'])[1 + (h / 13) %% 5] AS city,"
        " (ARRAY['DE','FR','GB','NG','JP'])[1 + (h / 13) %% 5] AS country,"
        " now() - (h %% 1100) * interval '1 day' - (h %% 86400) * interval '1 second' AS at"
        " FROM (SELECT n, abs(hashint8(n * 7919 + %(org)s)::bigint) AS h FROM generate_series(1, %(size)s) n) hashed) made"
    )
    run(
        "INSERT INTO candidates_emailaddress (organization_id, candidate_id, address, normalized, is_primary,"
        " state, provenance, created_at) SELECT %(org)s, id, 'p' || id || '@example.com', 'p' || id || '@example.com',"
        " true, 'unknown', 'bench', created_at FROM candidates_candidate WHERE organization_id = %(org)s"
    )
    run(
        "INSERT INTO candidates_touchpoint (organization_id, candidate_id, kind, at, summary, body, link)"
        " SELECT %(org)s, id, (ARRAY['note','mail_sent','call','edited','pool'])[k], created_at + k * interval '1 day',"
        f" 'Something happened', '', '' FROM candidates_candidate, generate_series(1, {TOUCHPOINTS}) k"
        " WHERE organization_id = %(org)s"
    )
    run(
        "INSERT INTO candidates_talentpool (organization_id, name, description, created_at)"
        " SELECT %(org)s, 'Pool ' || k, '', now() FROM generate_series(1, 10) k"
    )
    run(
        "INSERT INTO candidates_poolmembership (organization_id, pool_id, candidate_id, reason, added_at)"
        " SELECT %(org)s, p.id, c.id, '', now() FROM candidates_candidate c JOIN candidates_talentpool p"
        " ON p.organization_id = %(org)s AND p.name = 'Pool ' || (1 + c.id %% 10)"
        " WHERE c.organization_id = %(org)s AND c.id %% 2 = 0"
    )
    run(
        "INSERT INTO candidates_tag (organization_id, name, normalized)"
        " SELECT %(org)s, 'Tag ' || k, 'tag ' || k FROM generate_series(1, 20) k"
    )
    run(
        "INSERT INTO candidates_candidatetag (organization_id, candidate_id, tag_id)"
        " SELECT %(org)s, c.id, t.id FROM candidates_candidate c JOIN candidates_tag t"
        " ON t.organization_id = %(org)s AND t.name = 'Tag ' || (1 + c.id %% 20)"
        " WHERE c.organization_id = %(org)s AND c.id %% 3 = 0"
    )
