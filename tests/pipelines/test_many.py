"""Several cards moved as one act, and taken back as one: who cannot go stays and is told."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.models import Touchpoint
from crm.tenancy.scope import acting_in
from pipelines.models import Candidacy
from pipelines.services import candidacies, many, scorecards
from pipelines.services import stages as stage_services


def stages_now(acme) -> dict[str, str]:
    with acting_in(acme):
        return dict(Candidacy.objects.values_list("candidate__full_name", "stage__name"))


def test_many_move_with_history_and_come_back_with_one_undo(
    in_acme, recruiter, job, put_on, stages
):
    cards = [put_on(job, name) for name in ("Ada", "Bob", "Cai")]
    candidacies.move_card(cards[2], to=stages["Replied"], by=recruiter)
    seen = {cards[0].pk: 0, cards[1].pk: 0, cards[2].pk: 1}

    done = many.move_many(job, seen, to=stages["Onsite"], by=recruiter)

    assert done.versions == {cards[0].pk: 1, cards[1].pk: 1, cards[2].pk: 2}
    assert set(stages_now(in_acme).values()) == {"Onsite"}
    summaries = set(
        Touchpoint.objects.filter(summary__contains="to Onsite").values_list("summary", flat=True)
    )
    assert summaries == {
        "Moved from Sourced to Onsite · Staff Backend Engineer",
        "Moved from Replied to Onsite · Staff Backend Engineer",
    }
    many.undo_many(job, done.versions, by=recruiter)
    assert stages_now(in_acme) == {"Ada": "Sourced", "Bob": "Sourced", "Cai": "Replied"}
    assert cards[2].stage_changes.count() == 4


def test_who_cannot_go_stays_and_is_told(in_acme, recruiter, job, put_on, stages):
    stale, closed, unjudged, judged = (put_on(job, name) for name in ("Ada", "Bob", "Cai", "Dee"))
    stage_services.edit_stage(stages["Contacted"], by=recruiter, requires_scorecard=True)
    candidacies.move_card(stale, to=stages["Replied"], by=recruiter)
    candidacies.move_card(closed, to=stages["Rejected"], by=recruiter)
    for card in (unjudged, judged):
        candidacies.move_card(card, to=stages["Contacted"], by=recruiter)
    scorecards.save_scorecard(
        judged, stage=stages["Contacted"], by=recruiter, verdict="yes", submit=True
    )
    seen = {stale.pk: 0, closed.pk: 1, unjudged.pk: 1, judged.pk: 1}

    done = many.move_many(job, seen, to=stages["Onsite"], by=recruiter)

    assert list(done.versions) == [judged.pk]
    assert done.words == (
        "Ada: somebody else has moved the card meanwhile. Bob: closed in “Rejected” already. "
        "Cai: “Contacted” asks for a scorecard."
    )


@pytest.mark.parametrize("number", [2, 12])
def test_the_statements_do_not_grow_with_the_cards(in_acme, recruiter, job, put_on, stages, number):
    seen = {put_on(job, f"Person {index}").pk: 0 for index in range(number)}

    with CaptureQueriesContext(
        connection,
    ) as captured:
        many.move_many(job, seen, to=stages["Offer"], by=recruiter)

    work = [row for row in captured if "SAVEPOINT" not in row["sql"]]
    # cards, history, rules, cards' stage, timeline, audit
    assert len(work) == 6


def test_selected_cards_are_moved_on_the_page_and_undone(
    as_user, acme, recruiter, sourcer, job, put_on, stages
):
    cards = [put_on(job, name) for name in ("Ada", "Bob")]
    client, path = as_user(recruiter), f"/acme/jobs/{job.pk}/move/selected/"
    chosen = {"cards": [f"{card.pk}:0" for card in cards], "stage": stages["Offer"].pk}

    client.post(path, chosen)
    assert set(stages_now(acme).values()) == {"Offer"}
    page = client.get(f"/acme/jobs/{job.pk}/table/", headers={"HX-Request": ""}).content.decode()
    assert "2 cards moved to Offer." in page
    undo = page.split('action="/acme/jobs/')[1:]
    undo = next(text.split('"')[0] for text in undo if "/undo/" in text.split('"')[0])

    assert as_user(sourcer).post(f"/acme/jobs/{undo}").status_code == 409
    client.post(f"/acme/jobs/{undo}")
    assert set(stages_now(acme).values()) == {"Sourced"}
    nothing = client.post(path, {"stage": stages["Offer"].pk})
    assert nothing.status_code == 409
    assert client.post(path, chosen | {"cards": ["x:y"]}).status_code == 409


@pytest.mark.parametrize("card", ["9" * 23 + ":0", "1:" + "9" * 23, "²:0", "-1:0", "7"])
def test_cards_that_cannot_be_ids_are_asked_for_again(as_user, recruiter, job, stages, card):
    path = f"/acme/jobs/{job.pk}/move/selected/"

    answer = as_user(recruiter).post(path, {"stage": stages["Onsite"].pk, "cards": [card]})

    assert answer.status_code == 409
    assert "Reload the board" in answer.text


def test_who_presses_twice_is_told_of_nobody_who_was_faster(
    as_user, acme, recruiter, job, put_on, stages
):
    cards = [put_on(job, name) for name in ("Ada", "Bob")]
    client, path = as_user(recruiter), f"/acme/jobs/{job.pk}/move/selected/"
    chosen = {"cards": [f"{card.pk}:0" for card in cards], "stage": stages["Hired"].pk}

    client.post(path, chosen)
    client.post(path, chosen)

    page = client.get(f"/acme/jobs/{job.pk}/table/", headers={"HX-Request": ""}).text
    assert "2 cards moved to Hired." in page
    assert "They are in Hired already." in page
    assert "Nothing was moved" not in page
    assert set(stages_now(acme).values()) == {"Hired"}


def test_who_moves_on_from_where_another_put_the_card_is_told(
    in_acme, recruiter, job, put_on, stages
):
    card = put_on(job, "Ada")
    many.move_many(job, {card.pk: 0}, to=stages["Offer"], by=recruiter)

    done = many.move_many(job, {card.pk: 0}, to=stages["Onsite"], by=recruiter)

    assert (done.versions, done.there) == ({}, [])
    assert done.words == "Ada: somebody else has moved the card meanwhile."
