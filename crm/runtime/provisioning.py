"""Makes the database and its two roles: an owner that migrates, and the application, which owns nothing."""

from dataclasses import dataclass

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Role:
    name: str
    password: str


def provision(admin_url: str, *, database: str, owner: Role, application: Role) -> None:
    """Make what is missing: roles, database, default privileges. Safe to run again.

    `admin_url` connects as a role that may create roles and databases; it needs no superuser. What the
    owner creates later, the application may read and write, but not truncate, reference or alter.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for role in (owner, application):
            _ensure_role(connection, role)
        # To create a database for another role one must be a member of it (Postgres 16: with SET).
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner.name)))
        exists = connection.execute(
            "SELECT FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
        if exists is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(database), sql.Identifier(owner.name)
                )
            )
    with psycopg.connect(admin_url, dbname=database, autocommit=True) as connection:
        grantee = sql.Identifier(application.name)
        connection.execute(
            sql.SQL("ALTER SCHEMA public OWNER TO {}").format(sql.Identifier(owner.name))
        )
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(grantee))
        for objects, privileges in (
            ("TABLES", "SELECT, INSERT, UPDATE, DELETE"),
            ("SEQUENCES", "USAGE, SELECT"),
        ):
            connection.execute(
                sql.SQL(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT {} ON {} TO {}"
                ).format(sql.Identifier(owner.name), sql.SQL(privileges), sql.SQL(objects), grantee)
            )


def is_provisioned(admin_url: str, *, database: str) -> bool:
    """Whether `provision` has finished before: the default privileges, its last step, are there."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        exists = connection.execute(
            "SELECT FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
        # A found row is (), for it has no columns.
        if exists is None:
            return False
    with psycopg.connect(admin_url, dbname=database) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_default_acl WHERE defaclobjtype IN ('r', 'S')"
        ).fetchone()
    return found == (2,)


def _ensure_role(connection: psycopg.Connection[tuple[object, ...]], role: Role) -> None:
    exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role.name]).fetchone()
    verb = "CREATE" if exists is None else "ALTER"
    connection.execute(
        sql.SQL(
            verb + " ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}"
        ).format(sql.Identifier(role.name), sql.Literal(role.password))
    )
