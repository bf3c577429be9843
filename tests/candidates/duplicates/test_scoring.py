"""How sure it is that two records are of one person: a table of pairs, true and false, with the band each must fall into."""

import pytest

from candidates.services.duplicates.names import compare_names, forms_of, words_of
from candidates.services.duplicates.scoring import CERTAIN, LIKELY, POSSIBLE, Facts, score

NO, MAYBE, SURE = (1, POSSIBLE - 1), (POSSIBLE, CERTAIN - 1), (CERTAIN, 99)
LIKELY_BAND = (LIKELY, 99)
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
    (person("Robert Smith", **ACME, **BERLIN), person("Bob Smith", **ACME, **BERLIN), SURE),
    (person("Smith Robert", **ACME), person("Bob Smith", **ACME), LIKELY_BAND),
    (person("Smith, Robert", phones=PHONE), person("Rob Smith", phones=PHONE), SURE),
    (person("Robert Smith", links=LINKEDIN), person("R. Smith", links=LINKEDIN), SURE),
    (person("Anna Meier", emails=["am@gmail.com"]), person("A. Meier", emails=["am@gmail.com"]), SURE),
    (person("Jürgen Müller", **BERLIN), person("Juergen Mueller", city="Berlin, DE"), MAYBE),
    (person("Сергей Иванов", **ACME), person("Sergei Ivanov", **ACME), SURE),
    (person("Γιώργος Παπάς", **ACME), person("Giorgos Papas", **ACME), LIKELY_BAND),
    (person("José García", **ACME), person("Jose Garcia", **ACME), SURE),
    (person("Anna Maria Lopez", **ACME), person("Anna Lopez", **ACME), LIKELY_BAND),
    (person("Meyer, Anna", **ACME, **BERLIN), person("Anna Maier", **ACME, **BERLIN), SURE),
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


@pytest.mark.parametrize(
    ("one", "other", "band"), PAIRS, ids=lambda value: getattr(value, "name", "")
)
def test_score_falls_into_its_band(one, other, band):
    lowest, highest = band

    assert lowest <= score(one, other).confidence <= highest
    assert score(one, other).confidence == score(other, one).confidence


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
