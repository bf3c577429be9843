"""Where people stand in pools with stages. Triggers keep it beside the memberships, whatever writes those."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import crm.tenancy.walls
from crm.tenancy.search_views import SearchViews

FUNCTIONS = """
CREATE FUNCTION pipelines_enter_pool(organizations bigint[], memberships bigint[], since timestamptz) RETURNS void
LANGUAGE sql AS $$
    WITH joined AS (
        SELECT membership.* FROM candidates_poolmembership membership
        JOIN unnest(organizations, memberships) AS one (organization_id, id) USING (organization_id, id)
    ), first AS (
        SELECT DISTINCT ON (stage.organization_id, pipeline.pool_id)
            stage.organization_id, pipeline.pool_id, stage.id AS stage_id
        FROM pipelines_pipeline pipeline JOIN pipelines_stage stage
            ON stage.organization_id = pipeline.organization_id AND stage.pipeline_id = pipeline.id
        WHERE (pipeline.organization_id, pipeline.pool_id) IN (SELECT organization_id, pool_id FROM joined)
        ORDER BY stage.organization_id, pipeline.pool_id, stage.position
    ), added AS (
        INSERT INTO pipelines_poolplace (organization_id, pool_id, candidate_id, stage_id, membership,
            entered_stage_at, created_at, created_by_id, version)
        SELECT joined.organization_id, joined.pool_id, joined.candidate_id, first.stage_id, joined.id,
            coalesce(since, joined.added_at), joined.added_at, joined.added_by_id, 0
        FROM joined JOIN first USING (organization_id, pool_id)
        -- The membership is back, as after an undo: so is the place.
        ON CONFLICT (organization_id, membership)
            DO UPDATE SET closed_at = NULL, candidate_id = excluded.candidate_id
        RETURNING id, organization_id, stage_id, created_by_id, entered_stage_at, xmax = 0 AS is_new
    )
    INSERT INTO pipelines_poolstagechange (organization_id, place_id, to_id, by_id, at)
    SELECT organization_id, id, stage_id, created_by_id, entered_stage_at FROM added WHERE is_new
$$;
CREATE FUNCTION pipelines_joined_pool() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE organizations bigint[]; memberships bigint[];
BEGIN
    -- Whoever gives the pool stages now is waited for: they do not see who joins.
    PERFORM FROM candidates_talentpool pool
    WHERE (pool.organization_id, pool.id) IN (SELECT organization_id, pool_id FROM touched)
    ORDER BY pool.id FOR KEY SHARE;
    SELECT array_agg(joined.organization_id), array_agg(joined.id) INTO organizations, memberships
    FROM touched joined JOIN pipelines_pipeline pipeline
        ON pipeline.organization_id = joined.organization_id AND pipeline.pool_id = joined.pool_id;
    IF memberships IS NOT NULL THEN
        PERFORM pipelines_enter_pool(organizations, memberships, NULL);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION pipelines_moved_in_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pipelines_poolplace place SET candidate_id = touched.candidate_id FROM touched
    WHERE place.organization_id = touched.organization_id AND place.membership = touched.id
    AND place.candidate_id <> touched.candidate_id;
    RETURN NULL;
END $$;
CREATE FUNCTION pipelines_left_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pipelines_poolplace place SET closed_at = now() FROM touched
    WHERE place.organization_id = touched.organization_id AND place.membership = touched.id
    AND place.closed_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER enter_stage AFTER INSERT ON candidates_poolmembership REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION pipelines_joined_pool();
CREATE TRIGGER follow_person AFTER UPDATE ON candidates_poolmembership REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION pipelines_moved_in_pool();
CREATE TRIGGER leave_stages AFTER DELETE ON candidates_poolmembership REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION pipelines_left_pool();
"""
NO_FUNCTIONS = """
DROP TRIGGER leave_stages ON candidates_poolmembership;
DROP TRIGGER follow_person ON candidates_poolmembership;
DROP TRIGGER enter_stage ON candidates_poolmembership;
DROP FUNCTION pipelines_left_pool();
DROP FUNCTION pipelines_moved_in_pool();
DROP FUNCTION pipelines_joined_pool();
DROP FUNCTION pipelines_enter_pool(bigint[], bigint[], timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0041_fields_of_work"),
        ("pipelines", "0005_candidacy_values_for_search"),
        ("tenancy", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PoolPlaceSearch",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("candidate", models.BigIntegerField(db_column="candidate_id")),
                ("stage", models.BigIntegerField(db_column="stage_id")),
                ("closed_at", models.DateTimeField(null=True)),
                ("entered_stage_at", models.DateTimeField()),
            ],
            options={
                "db_table": "pool_place_search",
                "abstract": False,
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="PoolPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entered_stage_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("version", models.PositiveIntegerField(default=0, editable=False)),
                ("membership", models.BigIntegerField(editable=False)),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "candidate",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pool_places",
                        to="candidates.candidate",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="candidates.talentpool",
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="places",
                        to="pipelines.stage",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="PoolStageChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.organization",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="pipelines.stage",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stage_changes",
                        to="pipelines.poolplace",
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="pipelines.stage",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="poolplace",
            index=models.Index(
                fields=["organization", "stage", "-entered_stage_at", "-id"], name="places_of_stage"
            ),
        ),
        migrations.AddIndex(
            model_name="poolplace",
            index=models.Index(fields=["organization", "candidate"], name="places_of_candidate"),
        ),
        migrations.AddIndex(
            model_name="poolplace",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["organization", "pool"],
                name="place_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="poolplace",
            constraint=models.UniqueConstraint(
                fields=("organization", "membership"), name="one_place_per_membership"
            ),
        ),
        migrations.AddIndex(
            model_name="poolstagechange",
            index=models.Index(
                fields=["organization", "place", "at", "id"], name="pool_stage_history"
            ),
        ),
        migrations.AddIndex(
            model_name="poolstagechange",
            index=models.Index(fields=["organization", "to"], name="pool_stage_change_to"),
        ),
        crm.tenancy.walls.BuildWalls(
            name="poolplace",
        ),
        crm.tenancy.walls.BuildWalls(
            name="poolstagechange",
        ),
        SearchViews(
            {
                "pool_place_search": (
                    "SELECT id, candidate_id, stage_id, closed_at, entered_stage_at"
                    " FROM pipelines_poolplace WHERE true"
                )
            }
        ),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
    ]
