"""Pages of résumés: drop, progress, review, version, download."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from candidates.models import Candidate, Resume
from candidates.queries import resumes_of
from candidates.services.candidates import edit_candidate
from candidates.services.merging.merging import merge_people
from candidates.services.resumes import accepting, running
from crm.tenancy.scope import acting_in
from tests.candidates.conftest import seen as seen_text
from tests.candidates.resumes import files
from tests.candidates.resumes.test_services import review
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
State = Resume.State


@pytest.fixture
def dropped(as_user, recruiter, acme):
    """`dropped({"cv.pdf": b"…"})` drops files on the page and has them read; gives client, page and résumés."""

    def drop(named):
        client = as_user(recruiter)
        uploaded = [SimpleUploadedFile(name, content) for name, content in named.items()]
        answer = client.post(
            "/acme/candidates/resumes/uploads/add/",
            {"documents": uploaded, "lawful_basis": "legitimate_interest"},
        )
        address = answer.headers.get("HX-Redirect") or answer["Location"]
        running.read_waiting(acme)
        with acting_in(acme):
            return client, address, list(Resume.objects.order_by("pk"))

    return drop


def posted(resume, acme, **changed):
    """The fields that the review page shows, as the browser sends them on Enter."""
    with acting_in(acme):
        kept = review(resume)
    return {
        **kept.columns,
        "emails": "\n".join(kept.emails),
        "phones": "\n".join(kept.phones),
        "links": "\n".join(kept.links),
        "person": "new",
        "work-TOTAL_FORMS": 0,
        "work-INITIAL_FORMS": 0,
        "education-TOTAL_FORMS": 0,
        "education-INITIAL_FORMS": 0,
    } | changed


def to(answer):
    return answer.headers.get("HX-Redirect") or answer["Location"]


def test_files_are_listed_by_what_became_of_them(dropped, acme):
    with acting_in(acme):
        CandidateFactory(full_name="Bo Li", emails=["bo.li@example.org"])
    client, address, _ = dropped(
        {
            "amara.pdf": files.pdf(),
            "bo.txt": b"Bo Li\nbo.li@example.org\nAn engineer of many things",
            "bad.pdf": b"%PDF-1.7 nothing",
            "evil\u202e.txt": b"",
        }
    )
    page = client.get(address).content.decode()
    assert "2 to review" in page.replace("<b>", "")
    assert "Amara Okafor" in page
    known = client.get(f"{address}?show=known").content.decode()
    assert "Bo Li" in known
    assert "Same e-mail address" in known
    refused = client.get(f"{address}?show=refused").content.decode()
    assert "This PDF is damaged" in refused
    assert "The file is empty." in refused
    assert "\u202e" not in refused


def test_reviewing_one_leads_to_the_next_and_back_to_the_list(dropped, acme):
    text = b"Bo Li\nbo.li@example.org\nAn engineer of many things"
    client, address, (first, second) = dropped({"amara.pdf": files.pdf(), "bo.txt": text})
    page = client.get(f"/acme/candidates/resumes/{first.pk}/").content.decode()
    assert 'value="Amara Okafor"' in page
    assert "Add the person and next" in page
    assert f'href="/acme/candidates/resumes/{second.pk}/"' in page

    answer = client.post(f"/acme/candidates/resumes/{first.pk}/accept/", posted(first, acme))
    assert to(answer) == f"/acme/candidates/resumes/{second.pk}/"
    answer = client.post(f"/acme/candidates/resumes/{second.pk}/accept/", posted(second, acme))
    assert to(answer) == address
    with acting_in(acme):
        assert set(Candidate.objects.values_list("full_name", flat=True)) == {
            "Amara Okafor",
            "Bo Li",
        }


def test_what_is_wrong_is_said_beside_the_field(dropped, acme):
    client, _, (resume,) = dropped({"amara.pdf": files.pdf()})
    data = posted(resume, acme, full_name="", emails="nonsense")
    answer = client.post(f"/acme/candidates/resumes/{resume.pk}/accept/", data)
    assert answer.status_code == 422
    assert "“nonsense” is not an e-mail address." in answer.content.decode()
    with acting_in(acme):
        CandidateFactory(full_name="Other Person", emails=["amara.okafor@example.com"])
    answer = client.post(f"/acme/candidates/resumes/{resume.pk}/accept/", posted(resume, acme))
    assert answer.status_code == 422
    assert "belongs to Other Person already" in answer.content.decode()
    with acting_in(acme):
        assert Candidate.objects.count() == 1


def test_who_it_updates_is_shown_and_can_be_changed(dropped, acme):
    with acting_in(acme):
        known = CandidateFactory(full_name="A. Okafor", emails=["amara.okafor@example.com"])
    client, _, (resume,) = dropped({"amara.pdf": files.pdf()})
    address = f"/acme/candidates/resumes/{resume.pk}/"
    page = client.get(address).content.decode()
    assert f'name="person" value="{known.pk}"' in " ".join(page.split())
    assert "same e-mail address" in page
    page = client.get(f"{address}?person=new").content.decode()
    assert 'name="person" value="new"' in " ".join(page.split())
    assert "Update this record" in page


def test_what_a_colleague_wrote_while_it_was_open_is_not_put_back(dropped, acme, owner):
    with acting_in(acme):
        known = CandidateFactory(
            full_name="Amara Okafor",
            company="Copper Ltd",
            city="Berlin",
            emails=["amara.okafor@example.com"],
        )
    client, _, (resume,) = dropped({"amara.pdf": files.pdf()})
    address = f"/acme/candidates/resumes/{resume.pk}/"
    page = client.get(address).text
    seen = re.search(r'name="seen" value="([^"]*)"', page)[1]
    with acting_in(acme):
        edit_candidate(known, by=owner, company="Platinum plc")
    data = posted(
        resume, acme, person=known.pk, seen=seen, company="Copper Ltd", city="Berlin", emails=""
    )

    refused = client.post(f"{address}accept/", data)

    assert refused.status_code == 422
    assert "Somebody else has saved this meanwhile: Company changed." in refused.text
    assert 'value="Platinum plc"' in refused.text
    with acting_in(acme):
        known.refresh_from_db()
        assert (known.company, Resume.objects.get().state) == ("Platinum plc", State.READY)
    # Having seen it, the reviewer decides.
    seen = re.search(r'name="seen" value="([^"]*)"', refused.text)[1]
    client.post(f"{address}accept/", {**data, "seen": seen, "company": "Platinum plc"})
    with acting_in(acme):
        known.refresh_from_db()
        assert (known.company, Resume.objects.get().state) == ("Platinum plc", State.ACCEPTED)


def test_whom_it_updates_may_be_merged_while_it_is_open(dropped, acme, recruiter):
    with acting_in(acme):
        known, double = (CandidateFactory(full_name="Amara Okafor") for _ in range(2))
    client, _, (resume,) = dropped({"amara.pdf": files.pdf()})
    address = f"/acme/candidates/resumes/{resume.pk}/"
    data = posted(resume, acme, person=double.pk, headline="Typed by me")
    with acting_in(acme):
        merge_people(known, [double.pk], by=recruiter)

    refused = client.post(f"{address}accept/", data)

    assert refused.status_code == 422
    assert "Meanwhile the record was merged: it is Amara Okafor now." in refused.text
    assert 'value="Typed by me"' in refused.text
    assert f'name="person" value="{known.pk}"' in " ".join(refused.text.split())
    client.post(f"{address}accept/", {**data, "person": known.pk})
    with acting_in(acme):
        known.refresh_from_db()
        assert (known.headline, Resume.objects.get().state) == ("Typed by me", State.ACCEPTED)


def test_what_was_accepted_meanwhile_is_not_thrown_away(dropped, acme):
    client, _, (resume,) = dropped({"amara.pdf": files.pdf()})
    client.post(f"/acme/candidates/resumes/{resume.pk}/accept/", posted(resume, acme))

    answer = client.post(f"/acme/candidates/resumes/{resume.pk}/discard/")

    assert answer.status_code == 409
    assert "accepted or discarded already" in seen_text(answer)
    with acting_in(acme):
        kept = Resume.objects.get()
        assert kept.state == State.ACCEPTED
        assert kept.file
        assert kept.text


def test_a_thrown_away_file_is_gone(dropped, acme, django_capture_on_commit_callbacks):
    client, address, (resume,) = dropped({"amara.pdf": files.pdf()})
    answer = client.post(f"/acme/candidates/resumes/{resume.pk}/discard/")
    assert to(answer) == address
    assert client.get(f"/acme/candidates/resumes/{resume.pk}/file/").status_code == 404
    assert "Thrown away by" in client.get(f"/acme/candidates/resumes/{resume.pk}/").content.decode()


def test_a_file_is_saved_and_never_opened(dropped):
    client, _, (resume, page) = dropped(
        {
            "a\nmara.pdf": b"<html><script>alert(1)</script>" + files.pdf(),
            "b.txt": files.TEXT.encode(),
        }
    )
    answer = client.get(f"/acme/candidates/resumes/{resume.pk}/file/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''amara.pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    picture = client.get(f"/acme/candidates/resumes/{resume.pk}/pages/1.png")
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert client.get(f"/acme/candidates/resumes/{resume.pk}/pages/2.png").status_code == 404
    assert client.get(f"/acme/candidates/resumes/{page.pk}/pages/1.png").status_code == 404


def test_a_harmful_text_is_shown_as_text(dropped, acme):
    evil = "<script>alert(1)</script> <img src=x onerror=alert(1)>"
    with acting_in(acme):
        CandidateFactory(
            full_name="Amara Okafor", headline="Chief", emails=["amara.okafor@example.com"]
        )
    text = files.TEXT.replace("Senior Backend Engineer at", f"Engineer {evil} at")
    client, address, (resume,) = dropped({f"{evil}.txt": text.encode()})
    for page in (f"/acme/candidates/resumes/{resume.pk}/", address):
        shown = client.get(page).content.decode()
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown


def test_viewers_read_and_do_not_decide(dropped, as_user, viewer):
    _, address, (resume,) = dropped({"amara.pdf": files.pdf()})
    client = as_user(viewer)
    page = client.get(f"/acme/candidates/resumes/{resume.pk}/?view=text").content.decode()
    assert '<mark class="found-email">amara.okafor@example.com</mark>' in page
    assert "Add the person" not in page
    assert client.get(address).status_code == 403


def test_versions_on_the_record(dropped, acme, recruiter):
    client, _, (resume,) = dropped({"amara.pdf": files.pdf()})
    with acting_in(acme):
        person = accepting.accept(resume, by=recruiter, person=None, kept=review(resume))
    file = SimpleUploadedFile("newer.docx", files.docx())
    answer = client.post(f"/acme/candidates/{person.pk}/resumes/add/", {"file": file})
    running.read_waiting(acme)
    assert "/acme/candidates/resumes/" in to(answer)
    page = " ".join(client.get(f"/acme/candidates/{person.pk}/").content.decode().split())
    assert "Version 1" in page
    assert "Version 2" in page
    assert "To be reviewed" in page
    assert "harbor of data" in page
    with acting_in(acme):
        Resume.objects.update(text="long " * 40_000)
        assert {len(one.opening) for one in resumes_of(person)} == {6001}
        assert all("text" in one.get_deferred_fields() for one in resumes_of(person))


def test_a_page_that_asks_on_stays_where_it_is(dropped, acme):
    client, address, (first,) = dropped({"amara.pdf": files.pdf()})
    with acting_in(acme):
        alike = {"upload_id": first.upload_id, "digest": "x", "fields": {}}
        Resume.objects.bulk_create(
            [Resume(state=State.READY, file_name=f"{number}.txt", **alike) for number in range(50)]
        )
        Resume.objects.create(state=State.WAITING, file_name="late.txt", **alike)
    first_page = client.get(f"{address}?show=new").text
    cursor = re.search(
        r'rel="next" href="\?show=new&amp;cursor=([^"]*)"', " ".join(first_page.split())
    )[1]

    page = client.get(f"{address}?show=new&cursor={cursor}").text
    asks_on = re.search(r'hx-get="([^"]*)"', page[page.index('id="results"') :])[1]
    again = client.get(asks_on.replace("&amp;", "&")).text

    for shown in (page, again):
        assert set(re.findall(r"\d+\.txt", shown)) == {"49.txt"}
    # A group that is empty by now: of the one that is shown instead, the first page.
    gone = client.get(f"{address}?show=known&cursor={cursor}").text
    assert set(re.findall(r"\d+\.txt", gone)) == {f"{number}.txt" for number in range(49)}


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_an_upload_costs_the_same_whatever_its_length(
    dropped, django_assert_num_queries, mode, number
):
    named = {
        f"{index}.txt": f"Person {index}\nperson{index}@example.com\nAn engineer of things".encode()
        for index in range(number)
    }
    client, address, _ = dropped(named)
    with django_assert_num_queries(13 if mode == "plain" else 12):
        assert client.get(address).status_code == 200
