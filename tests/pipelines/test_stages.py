"""Editing stages: order, names, and what history forbids."""

import pytest

from crm.tenancy.scope import acting_in
from pipelines.models import Pipeline, Stage
from pipelines.services import candidacies, jobs
from pipelines.services import stages as services


def names(pipeline: Pipeline) -> list[str]:
    return list(pipeline.stages.order_by("position").values_list("name", flat=True))


def positions(pipeline: Pipeline) -> list[int]:
    return list(pipeline.stages.order_by("position").values_list("position", flat=True))


@pytest.fixture
def template(in_acme) -> Pipeline:
    return jobs.ensure_default_pipeline()


def stage(pipeline: Pipeline, name: str) -> Stage:
    return pipeline.stages.get(name=name)


def test_add_stage_goes_before_the_closing_ones(template):
    services.add_stage(template, by=None, name="Reference", kind=Stage.Kind.INTERVIEW)
    services.add_stage(template, by=None, name="Withdrawn", kind=Stage.Kind.REJECTED)

    assert names(template)[-4:] == ["Reference", "Hired", "Rejected", "Withdrawn"]
    assert positions(template) == list(range(10))


def test_add_stage_refuses_a_taken_name(template):
    with pytest.raises(services.StageNameTaken, match="“offer”"):
        services.add_stage(template, by=None, name="offer")


def test_shift_stage_moves_within_the_ends(template):
    services.shift_stage(stage(template, "Offer"), by=None, steps=-2)
    assert names(template)[3:6] == ["Offer", "Phone screen", "Onsite"]
    services.shift_stage(stage(template, "Sourced"), by=None, steps=-5)
    assert names(template)[0] == "Sourced"
    assert positions(template) == list(range(8))


def test_shift_stage_keeps_an_open_stage_first(template):
    with pytest.raises(services.NoFirstStage):
        services.shift_stage(stage(template, "Rejected"), by=None, steps=-9)


def test_edit_stage_renames_and_refuses_taken_names(template):
    offer = stage(template, "Offer")

    services.edit_stage(offer, by=None, name="Contract", kind=Stage.Kind.OFFER, stale_after_days=3)
    with pytest.raises(services.StageNameTaken):
        services.edit_stage(offer, by=None, name="Hired", kind=Stage.Kind.OFFER, stale_after_days=3)

    offer.refresh_from_db()
    assert (offer.name, offer.stale_after_days) == ("Contract", 3)


def test_edit_stage_with_history_stays_open(in_acme, recruiter, job, stages, put_on):
    put_on(job, "Ada Byron")
    sourced = stages["Sourced"]

    with pytest.raises(services.StageInUse):
        services.edit_stage(
            sourced, by=recruiter, name="Sourced", kind=Stage.Kind.HIRED, stale_after_days=5
        )
    services.edit_stage(
        sourced, by=recruiter, name="Found", kind=Stage.Kind.SCREEN, stale_after_days=5
    )

    assert names(job.pipeline)[0] == "Found"


def test_remove_stage_refuses_what_is_history(in_acme, recruiter, job, stages, put_on):
    card = put_on(job, "Ada Byron")
    candidacies.move_card(card, to=stages["Offer"], by=recruiter)
    candidacies.move_card(card, to=stages["Onsite"], by=recruiter)

    with pytest.raises(services.StageInUse):
        services.remove_stage(stages["Offer"], by=recruiter)
    services.remove_stage(stages["Replied"], by=recruiter)

    assert names(job.pipeline)[:4] == ["Sourced", "Contacted", "Phone screen", "Onsite"]
    assert positions(job.pipeline) == list(range(7))


def test_remove_stage_leaves_one_to_start_in(template):
    for name in ("Sourced", "Contacted", "Replied", "Phone screen", "Onsite"):
        services.remove_stage(stage(template, name), by=None)

    with pytest.raises(services.NoFirstStage):
        services.remove_stage(stage(template, "Offer"), by=None)


def test_remove_template_leaves_one(template):
    other = services.create_template(by=None, name="Short")
    services.remove_template(template, by=None)

    with pytest.raises(services.LastTemplate):
        services.remove_template(other, by=None)


def test_remove_template_refuses_the_stages_of_a_job(in_acme, job):
    with pytest.raises(services.NoTemplate):
        services.remove_template(job.pipeline, by=None)


def test_templates_page_adds_a_copy(as_user, acme, recruiter):
    client = as_user(recruiter)

    assert "Standard hiring" in client.get("/acme/jobs/templates/").content.decode()
    response = client.post("/acme/jobs/templates/", {"name": "Short"})

    with acting_in(acme):
        short = Pipeline.objects.get(name="Short", is_template=True)
    assert response.url == f"/acme/jobs/pipelines/{short.pk}/"
    assert "Phone screen" in client.get(response.url).content.decode()


def test_stages_page_adds_edits_orders_and_removes(as_user, acme, recruiter, job, stages):
    client = as_user(recruiter)
    page = f"/acme/jobs/pipelines/{job.pipeline_id}/"
    offer = stages["Offer"]

    client.post(page, {"name": "Reference", "kind": "interview", "stale_after_days": "5"})
    client.post(
        f"/acme/jobs/stages/{offer.pk}/edit/",
        {"name": "Deal", "kind": "offer", "stale_after_days": "2", "limit": "3", "is_blind": "on"},
    )
    client.post(f"/acme/jobs/stages/{offer.pk}/shift/", {"steps": "-1"})
    client.post(f"/acme/jobs/stages/{stages['Replied'].pk}/remove/")

    with acting_in(acme):
        assert names(job.pipeline) == [
            *("Sourced", "Contacted", "Phone screen", "Deal", "Onsite", "Reference", "Hired"),
            "Rejected",
        ]
    content = client.get(page).content.decode()
    assert "at most 3 at once" in content
    with acting_in(acme):
        deal = Stage.objects.get(name="Deal")
    assert (deal.limit, deal.is_blind, deal.requires_scorecard) == (3, True, False)


def test_stages_page_refuses_an_empty_name(as_user, acme, recruiter, job, stages):
    client = as_user(recruiter)
    offer = stages["Offer"]

    added = client.post(f"/acme/jobs/pipelines/{job.pipeline_id}/", {"name": ""})
    edited = client.post(f"/acme/jobs/stages/{offer.pk}/edit/", {"name": ""})

    assert added.status_code == 422
    assert edited.status_code == 422
    assert "This field is required." in edited.content.decode()
    with acting_in(acme):
        assert names(job.pipeline)[5] == "Offer"
