"""How sure it is that two records are of one person: a table of pairs, true and false, with the band each must fall into."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candidates.services.duplicates.names import compare_names, forms_of, words_of
from candidates.services.duplicates.scoring import CERTAIN, LIKELY, POSSIBLE, Facts, score

NO, MAYBE, SURE = (1, POSSIBLE - 1), (POSSIBLE, CERTAIN - 1), (CERTAIN, 99)
# Words alone make it likely, never certain.
LIKELY_BAND = (LIKELY, CERTAIN - 1)
BERLIN = {"city": "Berlin"}
ACME = {"company": "Acme GmbH"}


def person(name, *, emails=(), phones=(), links=(), **words):
    return Facts(
        name,
        mailboxes=frozenset(emails),
        phones=frozenset(phones),
        links=frozenset(links),
        **words,
    )


PHONE = ["+4930123456"]
LINKEDIN = ["linkedin.com/in/bobsmith"]
PAIRS = [
    # One person
    (person("Robert Smith", **ACME), person("Bob Smith", company="ACME"), LIKELY_BAND),
    (person("Robert Smith", **ACME, **BERLIN), person("Bob Smith", **ACME, **BERLIN), LIKELY_BAND),
    (person("Smith Robert", **ACME), person("Bob Smith", **ACME), LIKELY_BAND),
    (person("Smith, Robert", phones=PHONE), person("Rob Smith", phones=PHONE), SURE),
    (person("Robert Smith", links=LINKEDIN), person("R. Smith", links=LINKEDIN), SURE),
    (person("Anna Meier", emails=["am@gmail.com"]), person("A. Meier", emails=["am@gmail.com"]), SURE),
    (person("Jürgen Müller", **BERLIN), person("Juergen Mueller", city="Berlin, DE"), MAYBE),
    (person("Сергей Иванов", **ACME), person("Sergei Ivanov", **ACME), LIKELY_BAND),
    (person("Γιώργος Παπάς", **ACME), person("Giorgos Papas", **ACME), LIKELY_BAND),
    (person("José García", **ACME), person("Jose Garcia", **ACME), LIKELY_BAND),
    (person("Anna Maria Lopez", **ACME), person("Anna Lopez", **ACME), LIKELY_BAND),
    (person("Meyer, Anna", **ACME, **BERLIN), person("Anna Maier", **ACME, **BERLIN), LIKELY_BAND),
    (person("Maria Lopez"), person("María López"), MAYBE),
    (person("J. Smith", **ACME, **BERLIN), person("John Smith", **ACME, **BERLIN), LIKELY_BAND),
    (person("Kathrin Schmitt", **ACME), person("Katharina Schmidt", **ACME), LIKELY_BAND),
    (person("Anna Schulz", phones=PHONE), person("Anna Meier", phones=PHONE), MAYBE),
    (person("Wei Zhang", preferred_name="Victor", **ACME), person("Victor Zhang", **ACME), LIKELY_BAND),
    # Two people
    (person("Daniel Meier", phones=PHONE), person("Daniela Meier", phones=PHONE), NO),
    (person("Jan Novak", **ACME), person("Jana Novak", **ACME), NO),
    (person("Anna Meier", phones=PHONE, **BERLIN), person("Otto Meier", phones=PHONE, **BERLIN), NO),
    (person("Anna Meier", phones=PHONE), person("Ruth Blau", phones=PHONE), NO),
    (person("Anna Meier", **ACME, **BERLIN), person("Ruth Blau", **ACME, **BERLIN), NO),
    (person("Anna Meier", **ACME), person("Anna Schulz", **ACME), NO),
    (person("Anna", **ACME), person("Anna Meier", **ACME), NO),
    (person("Maria Lopez", **ACME), person("Maria Lopez", company="Initech"), NO),
    (person("Maria Lopez", country="ES", **BERLIN), person("Maria Lopez", country="MX", city="Puebla"), NO),
    (person("John Smith", namesakes=40, **ACME), person("John Smith", namesakes=40, **ACME), MAYBE),
    (person("Anna Meier", emails=["info@acme.example"]), person("Ben Ott", emails=["info@acme.example"]), NO),
    (
        person("Maria Lopez", links=["linkedin.com/in/maria-1"], **ACME),
        person("Maria Lopez", links=["linkedin.com/in/lopez-m"], **ACME),
        NO,
    ),
]  # fmt: skip


HERE = {"company": "BigCo", "city": "Berlin"}
HOME = {"city": "Lyon"}
# Shaped like those of real queues: the same facts told twice by one person, and two people in one place.
REAL = [
    # Two mailboxes of one employer are two people, the more so with two numbers
    (person("Thomas Schmidt", emails=["t.schmidt@bigco.example"], phones=["+4930123403"], **HERE),
     person("Thomas Schmitt", emails=["t.schmitt@bigco.example"], phones=["+4930123404"], **HERE), NO),
    (person("Maria Klein", emails=["maria@web.de"], phones=["+49301"], **HERE),
     person("Maria Klein", emails=["mk@gmx.de"], phones=["+49302"], **HERE), (POSSIBLE, 90)),
    (person("Maria Klein", emails=["m.klein@bigco.example"], phones=["+49301"], **HERE),
     person("Maria Klein", emails=["maria.klein2@bigco.example"], phones=["+49302"], **HERE), (1, LIKELY)),
    (person("Maria Klein", emails=["maria@gmail.com"], phones=["+49301"], **HERE),
     person("Maria Klein", emails=["mklein@gmail.com"], phones=["+49302"], **HERE), (1, LIKELY)),
    (person("Ava Zorro400", emails=["ava400@bigco.example"], **HERE),
     person("Ava Zorro1000", emails=["ava1000@bigco.example"], **HERE), NO),
    (person("Ava Zorro400", **HERE), person("Ava Zorro401", **HERE), NO),
    (person("Ava Zorro4", **HERE), person("Ava Zorro", **HERE), NO),
    (person("Test User1", phones=["+49301"]), person("Test User2", phones=["+49301"]), MAYBE),
    (person("Anna Weber", emails=["a.weber@bigco.example"]), person("Anna Weber", emails=["anna.weber@bigco.example"]), NO),
    (person("Anna Weber", emails=["anna@web.de"], **HERE), person("Anne Weber", emails=["anne@web.de"], **HERE), (POSSIBLE, 90)),
    (person("Jon Berg", phones=["+49301"], **HERE), person("John Berg", phones=["+49302"], **HERE), (POSSIBLE, 94)),
    (person("Paul Meyer", emails=["p.meyer@bigco.example"], company="BigCo"),
     person("Paula Meyer", emails=["paula.meyer@bigco.example"], company="BigCo"), NO),
    (person("Li Wang", emails=["li.wang@bigco.example"], company="BigCo"),
     person("Li Wang", emails=["li.wang2@bigco.example"], company="BigCo"), (1, LIKELY)),
    (person("Chris Fox", links=["linkedin.com/in/cfox"], **HERE),
     person("Chris Fox", links=["linkedin.com/in/chris-fox-9"], **HERE), (1, LIKELY)),
    (person("Chris Fox", links=["github.com/cfox"], **HERE),
     person("Chris Fox", links=["github.com/foxy"], emails=["c@fox.example"], phones=["+3312"], **HERE), (1, LIKELY)),
    (person("Eva Brand", emails=["eva@web.de"], links=["xing.com/profile/eva_brand"], **HOME),
     person("Eva Brand", emails=["evab@gmx.de"], links=["xing.com/profile/eva_brand7"], **HOME), NO),
    (person("Sam Otto", emails=["sam@otto.example"], phones=["+49301"], city="Kiel"),
     person("Sam Otto", emails=["sotto@web.de"], phones=["+49302"], city="Ulm"), NO),
    (person("Jan Kraft", emails=["info@kraft.example"]), person("Tim Kraft", emails=["info@kraft.example"]), NO),
    (person("Jan Kraft", emails=["jobs@kraft.example"], phones=["+49301"]),
     person("Jan Kraft", emails=["jobs@kraft.example"], phones=["+49302"]), NO),
    # Families and offices behind one number
    (person("Ines Roth", phones=["+49301"], emails=["ines@web.de"], **HOME),
     person("Karl Roth", phones=["+49301"], emails=["karl@web.de"], **HOME), NO),
    (person("Ines Roth", phones=["+49301"]), person("Uwe Blum", phones=["+49301"]), NO),
    (person("Lea Horn", phones=["+49301"], emails=["lea@bigco.example"], company="BigCo"),
     person("Leo Horn", phones=["+49301"], emails=["leo@bigco.example"], company="BigCo"), NO),
    # One person with a private and a work mailbox
    (person("John Doe", emails=["john@gmail.com"], phones=["+49301"]),
     person("John Doe", emails=["j.doe@company.example"], phones=["+49301"]), SURE),
    (person("John Doe", emails=["john@gmail.com"], phones=["+49301"], company="Acme"),
     person("J. Doe", emails=["j.doe@company.example"], phones=["+49301"], company="Acme"), SURE),
    (person("John Doe", emails=["john@gmail.com"], **HERE), person("John Doe", emails=["j.doe@bigco.example"], **HERE),
     LIKELY_BAND),
    (person("John Doe", emails=["john@gmail.com"], company="BigCo"),
     person("John Doe", emails=["jd@bigco.example"], company="BigCo"), LIKELY_BAND),
    (person("John Doe", emails=["john@gmail.com", "j.doe@bigco.example"]),
     person("John Doe", emails=["j.doe@bigco.example"]), SURE),
    # One person, seen twice
    (person("Bob Smith", phones=["+49301"], emails=["bob@web.de"], **HOME),
     person("Robert Smith", phones=["+49301"], emails=["rs@gmx.de"], **HOME), SURE),
    (person("Smith Robert", emails=["rs@gmx.de"]), person("Robert Smith", emails=["rs@gmx.de"]), SURE),
    (person("Katharina Vogt", emails=["kv@gmx.de"]), person("Kathrin Vogt", emails=["kv@gmx.de"]), SURE),
    (person("Nguyen Van Minh", phones=["+84901"]), person("Minh Nguyen", phones=["+84901"]), SURE),
    (person("María José Pérez", links=["linkedin.com/in/mjp"]), person("Maria Perez", links=["linkedin.com/in/mjp"]), SURE),
    (person("Eva Brand", emails=["eva@web.de"], phones=["+49301"]),
     person("Eva Lang", emails=["eva@web.de"], phones=["+49302"]), (LIKELY, 99)),
    (person("Olga Petrova", links=["github.com/olga"], company="Old"), person("O. Petrova", links=["github.com/olga"], company="New"),
     SURE),
    (person("Jürgen Groß", emails=["jg@gmx.de"], phones=["+49301"]),
     person("Juergen Gross", emails=["jg@gmx.de"], phones=["+49302"]), SURE),
    (person("Bernhard Haas", phones=["+49301"], **HERE), person("Bernard Haas", phones=["+49301"], **HERE), SURE),
    (person("Dr. Anna Kern", phones=["+49301"]), person("Kern, Anna", phones=["+49301"]), SURE),
    # Words alone
    (person("Thiago Nogueira", company="Betalix"), person("Thiago Nogueira", company="Betalix SA"), LIKELY_BAND),
    (person("Thiago Nogueira", company="Betalix", emails=["tn@web.de"]),
     person("Thiago Nogueira", company="Betalix", emails=["thiago@betalix.example"]), LIKELY_BAND),
    (person("Thiago Nogueira", company="Betalix", emails=["tn@betalix.example"]),
     person("Thiago Nogueira", company="Betalix", emails=["thiago@betalix.example"]), (POSSIBLE, LIKELY)),
    (person("Thomas Schmidt", **HERE), person("Thomas Schmitt", **HERE), LIKELY_BAND),
    (person("Jonathan Carter", **HERE), person("Jonathn Carter", **HERE), LIKELY_BAND),
    (person("Mia Wolf", **HERE), person("Mia Wolf", **HERE), LIKELY_BAND),
    (person("Mia Wolf"), person("Mia Wolf"), MAYBE),
    (person("Mia Wolf", emails=["mia@web.de"]), person("Mia Wolf", emails=["mw@gmx.de"]), NO),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "band"), [*PAIRS, *REAL], ids=lambda value: getattr(value, "name", "")
)
def test_score_falls_into_its_band(one, other, band):
    lowest, highest = band

    assert lowest <= score(one, other).confidence <= highest
    assert score(one, other).confidence == score(other, one).confidence


WORDS = st.sampled_from(
    ["Anna Meier", "Anna Maier", "Meier Anna", "A. Meier", "Otto Blau", "Ann4 Meier"]
)
DOMAINS = st.sampled_from(["gmail.com", "web.de", "acme.example", "bigco.example"])
MAILBOXES = st.builds("{}@{}".format, st.sampled_from(["anna", "a.meier", "info"]), DOMAINS)
NUMBERS = st.sampled_from(["+49301", "+49302"])
PROFILES = st.builds(
    "{}{}".format,
    st.sampled_from(["linkedin.com/in/", "github.com/", "blog.example/"]),
    st.sampled_from(["anna", "meier"]),
)
PEOPLE = st.builds(
    Facts,
    WORDS,
    company=st.sampled_from(["", "Acme", "BigCo"]),
    city=st.sampled_from(["", "Berlin", "Rome"]),
    mailboxes=st.frozensets(MAILBOXES, max_size=2),
    phones=st.frozensets(NUMBERS, max_size=2),
    links=st.frozensets(PROFILES, max_size=2),
)


@given(
    PEOPLE,
    PEOPLE,
    st.one_of(
        st.tuples(st.just("mailboxes"), st.builds("x.{}@{}".format, st.integers(1, 9), DOMAINS)),
        st.tuples(st.just("phones"), st.just("+331234")),
        st.tuples(st.just("links"), st.sampled_from(["linkedin.com/in/x", "github.com/x"])),
    ),
)
def test_an_identifier_that_contradicts_never_raises_the_score(one, other, contradicting):
    kind, value = contradicting
    richer = replace(other, **{kind: getattr(other, kind) | {value}})

    assert score(one, richer).confidence <= score(one, other).confidence


@given(PEOPLE, PEOPLE)
def test_without_a_common_identifier_nobody_is_certain(one, other):
    if one.mailboxes & other.mailboxes or one.phones & other.phones or one.links & other.links:
        return
    assert score(one, other).confidence < CERTAIN


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ({"emails": ["a@acme.example"]}, {"emails": ["b@acme.example"]}, "different addresses at the same company"),
        ({"emails": ["a@web.de"]}, {"emails": ["b@web.de"]}, "different addresses at web.de"),
        ({"emails": ["a@web.de"]}, {"emails": ["a@acme.example"]}, "different e-mail addresses"),
        ({"emails": ["a@web.de", "a@acme.example"]}, {"emails": ["b@web.de", "b@acme.example"]},
         "different addresses at the same company"),
        ({"phones": ["+49301"]}, {"phones": ["+49302"]}, "different phone numbers"),
        ({"links": LINKEDIN}, {"links": ["linkedin.com/in/x"]}, "different profiles on linkedin.com"),
    ],
)  # fmt: skip
def test_what_contradicts_is_said_after_what_agrees(one, other, sentence):
    found = score(person("Anna Meier", **one), person("Anna Meier", **other))

    assert found.sentences == ["same name", sentence]


def test_shared_mailboxes_contradict_nobody():
    one, other = (person("Anna Meier", emails=[f"{box}@acme.example"]) for box in ("info", "jobs"))

    assert score(one, other).sentences == ["same name"]


def test_score_gives_its_reasons_in_words_the_strongest_first():
    one = person("Robert Smith", phones=PHONE, **ACME)
    other = person("Bob Smith", phones=PHONE, **ACME)

    assert score(one, other).sentences == [
        "same phone number",
        "Bob is short for Robert",
        "same company",
    ]


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ("Bob Smith", "Robert Smith", "Bob is short for Robert"),
        ("Sascha Kern", "Sandro Kern", "Sandro and Sascha are forms of one name"),
        ("Robert Smith", "Smith Robert", "same name, given and family name swapped"),
        ("J. Smith", "John Smith", "J. may stand for John"),
        ("Jürgen Ott", "Juergen Ott", "Jürgen and Juergen are spellings of one name"),
        ("Jonathn Carter", "Jonathan Carter", "Jonathn and Jonathan differ by a letter"),
        ("Anna Lopez", "Anna Maria Lopez", "same name, one has a further one"),
        ("Mary-Ann Lee", "Maryann Lee", "same name, written apart"),
        ("Anna Meier", "Otto Blau", ""),
        ("Ava Zorro400", "Ava Zorro1000", "same given name, another family name"),
        ("Ava Zorro400", "Ava Zorro410", "same given name, another family name"),
        ("Zorro400 Ava", "Zorro410 Ava", ""),
    ],
)
def test_compare_names_says_how_they_differ(one, other, sentence):
    assert compare_names(one, other).sentence == sentence
    assert compare_names(other, one).sentence == sentence


def test_words_of_a_name_leave_titles_out():
    assert words_of("Prof. Dr. Anna von der Müller") == ["anna", "muller"]
    assert words_of("Müller, Anna") == ["anna", "muller"]
    assert words_of("Van") == ["van"]


def test_forms_of_a_given_name_are_its_long_ones():
    assert forms_of("bob") == ["=robert"]
    assert set(forms_of("alex")) >= {"=aleksandr", "=alexandra"}
    assert forms_of("schmitt") == forms_of("schmidt")
