"""Fields that were made for the columns of a file: they go with it, unless somebody uses them by then."""

import pytest

from campaigns.models import Snippet
from candidates.models import Candidate, CustomField, CustomFieldOption, SavedSearch, TalentPool
from candidates.queries.search import ANY_READER, PeopleQuery, parse
from candidates.services import custom_fields as service
from candidates.services.changes.undoing import start_undo, work_on_undo
from candidates.services.importing import running, uploading
from candidates.services.provenance import by_hand
from crm.tenancy.scope import acting_in
from tests.candidates.changes.snapshots import snapshot
from tests.candidates.imports.conftest import later
from tests.candidates.imports.pages import LIST, words_of
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db
Kind = CustomField.Kind
FILE = "Name;Shoe;Langs\nAnna Muster;38;de, en\nBert Beil;44;fr\n"
MAPPING = {0: "full_name", 1: "new.number", 2: "new.multiple"}


@pytest.fixture
def checked(in_acme, upload, owner):
    """A file whose check has made two fields."""
    import_file = upload("people.csv", FILE)
    uploading.choose(import_file, mapping=MAPPING, by=owner)
    assert running.work_on(in_acme, import_file.pk)
    import_file.refresh_from_db()
    assert fields() == [("Shoe", "number"), ("Langs", "multiple")]
    return import_file


def fields() -> list[tuple[str, str]]:
    return list(CustomField.objects.values_list("name", "kind"))


@pytest.mark.usefixtures("in_acme")
def test_a_file_that_is_thrown_away_takes_its_fields_along(upload, owner):
    before = snapshot()
    import_file = upload("people.csv", FILE)
    uploading.choose(import_file, mapping=MAPPING, by=owner)
    assert CustomFieldOption.objects.count() == 3

    assert uploading.discard(import_file, by=owner) == []

    assert snapshot() == before


def test_a_file_that_is_forgotten_takes_its_fields_along(checked):
    running.forget_old_rows(later(days=31))

    assert fields() == []


def test_another_choice_for_a_column_takes_the_place_of_its_field(checked, in_acme, owner):
    uploading.choose(checked, mapping={0: "full_name", 1: "new.text", 2: "custom.langs"}, by=owner)
    assert fields() == [("Langs", "multiple"), ("Shoe", "text")]

    assert running.work_on(in_acme, checked.pk)
    checked.refresh_from_db()
    uploading.discard(checked, by=owner)
    assert fields() == []


def value(shoe, owner, upload) -> None:
    anna = CandidateFactory()
    service.set_values(anna, {"shoe": 38}, provenance=by_hand(owner), by=owner)


def edit(shoe, owner, upload) -> None:
    service.edit_field(shoe, by=owner, help_text="In Europe")


def rule(shoe, owner, upload) -> None:
    query = PeopleQuery(parse("field.shoe:>=40", searcher=ANY_READER))
    TalentPool.objects.create(name="Large", query=query.as_json())


def search(shoe, owner, upload) -> None:
    query = PeopleQuery(parse("field.shoe:>=40", searcher=ANY_READER))
    SavedSearch.objects.create(name="Large", query=query.as_json(), owner=owner)


def other_file(shoe, owner, upload) -> None:
    assert "custom.shoe" in upload("others.csv", "Name;Shoe\nCy Clop;40\n").mapping.values()


def mail(shoe, owner, upload) -> None:
    Snippet.objects.create(name="Shoes", body="Size {{ custom.shoe | unknown }}?")


@pytest.mark.parametrize("use", [value, edit, rule, search, other_file, mail])
def test_a_field_that_somebody_uses_outlives_its_file_and_is_named(
    use, checked, owner, upload, as_user, acme
):
    use(CustomField.objects.get(key="shoe"), owner, upload)

    response = as_user(owner).post(f"{LIST}{checked.pk}/discard/", follow=True)

    assert "is used elsewhere stays: the field “Shoe”." in words_of(response)
    with acting_in(acme):
        assert fields() == [("Shoe", "number")]


def test_a_mail_that_names_a_longer_key_is_about_another_field(checked, owner):
    Snippet.objects.create(name="Shoes", body="{{ custom.shoe_size }}, {{ custom.langs_spoken }}")

    assert uploading.discard(checked, by=owner) == []


def undone(import_file, in_acme, owner):
    start_undo(import_file.change_set, by=owner)
    assert work_on_undo(in_acme, import_file.change_set.pk)
    return import_file.change_set


def test_an_import_that_is_undone_takes_its_fields_along(in_acme, upload, run, owner):
    before = snapshot()
    import_file = upload("people.csv", FILE)
    uploading.choose(import_file, mapping=MAPPING, by=owner)
    assert running.work_on(in_acme, import_file.pk)
    done = run(import_file)
    assert Candidate.objects.filter(custom_values__number=38).exists()

    undone(done, in_acme, owner)

    after = snapshot()
    # Rows of the file itself stay, for the report.
    del before["candidates.ImportRow"], after["candidates.ImportRow"]
    assert after == before


@pytest.mark.parametrize("use", [value, edit, rule, mail])
def test_a_field_in_use_outlives_the_undo_and_is_listed(
    use, checked, run, in_acme, owner, upload, as_user
):
    done = run(checked)
    use(CustomField.objects.get(key="shoe"), owner, upload)

    change_set = undone(done, in_acme, owner)

    assert fields() == [("Shoe", "number")]
    assert not Candidate.objects.filter(full_name__in=["Anna Muster", "Bert Beil"]).exists()
    page = words_of(as_user(owner).get(f"/acme/candidates/changes/{change_set.pk}/?show=kept"))
    assert "Custom field" in page
    assert "Shoe" in page


def test_a_field_with_choices_that_stays_keeps_all_of_them(checked, run, in_acme, owner):
    done = run(checked)
    anna = CandidateFactory()
    service.set_values(anna, {"langs": "fr"}, provenance=by_hand(owner), by=owner)

    undone(done, in_acme, owner)

    assert fields() == [("Langs", "multiple")]
    names = CustomFieldOption.objects.values_list("name", flat=True)
    assert list(names) == ["de", "en", "fr"]
