"""What columns hold, from titles in several languages and from values."""

import pytest

from candidates.services.importing.fields import Field, field_titled
from candidates.services.importing.guessing import HintsCollector, guess_mapping
from candidates.services.importing.presets import recognize


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        ("Name|Full Name|Vor- und Nachname|Nom complet|Nombre y apellidos", Field.FULL_NAME),
        ("First Name|Vorname|Prénom|Imię|voornaam", Field.FIRST_NAME),
        ("Last Name|Nachname|Nom de famille|Apellidos|Cognome", Field.LAST_NAME),
        ("E-Mail|Email Address|Courriel|E-Mail (privat)|Correo electrónico|Mail 2", Field.EMAIL),
        ("Tel.|Telefon mobil|Phone number|Téléphone|Móvil|Handynummer|Work phone", Field.PHONE),
        ("URL|Profil|LinkedIn|LinkedIn URL|GitHub profile|Website", Field.LINK),
        ("Aktuelle Position|Job Title|Poste|Puesto|Current role", Field.HEADLINE),
        ("Firma|Company|Current employer|Entreprise|Empresa", Field.COMPANY),
        ("Ort|City|Location|Ville|Ciudad|Wohnort", Field.CITY),
        ("Land|Country|Pays|País", Field.COUNTRY),
        ("Skills|Kenntnisse|Compétences|Tech stack|Key Skills", Field.SKILLS),
        ("Quelle|Source|Fuente|Lead source", Field.SOURCE),
        ("Letzter Kontakt|Last contacted|Dernier contact|Date of last contact", Field.CONTACTED),
        ("Gehaltswunsch|Salary expectation|Prétentions salariales", Field.SALARY),
        ("Notiz|Notes|Bemerkungen|Commentaires|Observaciones", Field.NOTE),
        ("Tags|Schlagworte|Étiquettes", Field.TAGS),
        ("Connected On|Date of birth|PLZ|Column 4||???", Field.KEEP),
        ("Rapport: line|Rapport: reason", Field.LEAVE_OUT),
    ],
)
def test_titles_in_several_languages(titles, expected):
    assert {title: field_titled(title) for title in titles.split("|")} == dict.fromkeys(
        titles.split("|"), expected
    )


def guess(header: list[str], *rows: list[str]) -> list[str]:
    return [kind.value for kind in guess_mapping(header, rows).values()]


def test_untitled_columns_are_known_by_their_values():
    rows = [
        ["Anna Muster", "a@example.com", "linkedin.com/in/anna", "Bonn"],
        ["Bert Beispiel", "b@example.com", "linkedin.com/in/bert", "Ulm"],
    ]

    assert guess(["Column 1", "Column 2", "Column 3", "Column 4"], *rows) == [
        "full_name",
        "email",
        "link",
        "",
    ]


def test_companies_without_a_title_are_known_by_their_legal_form():
    rows = [["Anna Muster", "Acme GmbH"], ["Bert Beil", "Initech"], ["Cy Clop", "Hooli, Inc."]]

    assert guess(["Column 1", "Column 2"], *rows) == ["full_name", "company"]
    # A client, or an earlier employer.
    assert guess(["Column 1", "Placed at"], *rows) == ["full_name", ""]
    places = [["Anna Muster", "Sag"], ["Bert Beil", "Bad Mag"]]
    assert guess(["Column 1", "Column 2"], *places) == ["full_name", ""]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["Vorname", "Name"], ["first_name", "last_name"]),
        (["Prénom", "Nom"], ["first_name", "last_name"]),
        (["Nombre", "Apellidos"], ["first_name", "last_name"]),
        (["Name", "First name", "Last name"], ["", "first_name", "last_name"]),
        (["Company", "Firma"], ["company", ""]),
        (["E-Mail", "E-Mail 2"], ["email", "email"]),
    ],
)
def test_columns_are_told_apart_by_their_neighbors(header, expected):
    assert guess(header) == expected


def test_a_title_that_the_values_belie_is_not_believed():
    assert guess(["Name", "Titel"], ["Anna", "Dr."], ["Bert", "Herr"]) == ["full_name", ""]
    assert guess(["Name", "Phone"], ["Anna", "yes"], ["Bert", "no"]) == ["full_name", ""]
    assert guess(["Name", "Link"], ["Anna", "a@example.com"]) == ["full_name", "email"]


def hints_for(*dates: str):
    collector = HintsCollector(["Last contact"], {0: Field.CONTACTED})
    for text in dates:
        collector.look_at([text])
    return collector.hints()


@pytest.mark.parametrize(
    ("dates", "order", "words"),
    [
        (["03/04/25", "13/04/25"], "day_first", "1 date can only be read so"),
        (["03/04/25", "04/13/25"], "month_first", "1 date can only be read so"),
        (["03/04/25"], "day_first", "no date in it says which it is"),
        (["13/04/25", "04/13/25", "14/04/25"], "day_first", "mixes both orders"),
    ],
)
def test_the_order_of_dates_is_decided_once_per_column_and_said(dates, order, words):
    hints = hints_for(*dates)

    assert hints.date_orders == {"0": order}
    assert words in hints.sentences[0]


def test_dates_that_say_it_themselves_need_no_order():
    assert hints_for("2025-04-03", "3.4.2025", "gestern").date_orders == {}


def hints_for_amounts(*amounts: str):
    collector = HintsCollector(["Budget"], {}, amounts=[0])
    for text in amounts:
        collector.look_at([text])
    return collector.hints()


@pytest.mark.parametrize(
    ("amounts", "signs", "words"),
    [
        (["65.000 €", "1.234,56 €"], {"0": ","}, "the dot for thousands (65.000 is 65,000; 1,234 is 1.234): 1 amount can"),
        (["65.000", "1.234.567", "12,5"], {"0": ","}, "the dot for thousands (65.000 is 65,000; 1,234 is 1.234): 2 amounts"),
        (["65,000", "3.75"], {"0": "."}, "the comma for thousands (65,000 is 65,000; 1.234 is 1.234): 1 amount"),
        (["58.000 €"], {}, "(58.000 is 58,000): no amount in it says otherwise."),
        (["1,5", "2,5", "3.75"], {"0": ","}, "The column mixes both spellings: check it."),
        (["1,5", "3.75", "1.234"], {}, "(1.234 is 1,234). The column mixes both spellings: check it."),
    ],
)  # fmt: skip
def test_the_decimal_sign_is_decided_once_per_column_and_said(amounts, signs, words):
    hints = hints_for_amounts(*amounts)

    assert hints.decimal_signs == signs
    assert hints.sentences[0].startswith("Amounts in “Budget” are read with ")
    assert words in hints.sentences[0]


@pytest.mark.parametrize("amount", ["65000", "3.75", "see 1.2.3", ""])
def test_amounts_that_say_it_themselves_need_no_sentence(amount):
    assert hints_for_amounts(amount).sentences == []


def test_national_numbers_are_of_the_country_that_the_column_names_most():
    mapping = {0: Field.PHONE, 1: Field.COUNTRY}
    collector = HintsCollector(["Tel", "Land"], mapping)
    for row in [["+49 151 34703805", "FR"], ["004915149125581", "FR"], ["+44 7938 840760", "FR"]]:
        collector.look_at(row)

    assert collector.hints().phone_countries == {"0": "DE"}


def test_without_such_numbers_the_country_column_decides():
    collector = HintsCollector(["Tel", "Land"], {0: Field.PHONE, 1: Field.COUNTRY})
    for row in [["0151 34703805", "Deutschland"], ["0151", "DE"], ["x", "FR"]]:
        collector.look_at(row)

    assert collector.hints().phone_countries == {"0": "DE"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["+49 151 10000001", "0151/20000002", "(030) 901820"], Field.PHONE),
        (["4711", "4712", "4713"], Field.KEEP),
        (["65000", "72.000", "58000"], Field.KEEP),
        (["Germany", "Portugal", "DE"], Field.COUNTRY),
        (["2024-08-17", "2024-09-01"], Field.KEEP),
        (["anna@example.com", "b@example.com"], Field.EMAIL),
        (["linkedin.com/in/anna", "https://people.example/b"], Field.LINK),
    ],
)
def test_a_column_with_a_title_that_says_nothing_is_known_by_its_values(values, expected):
    samples = [[f"Anna Muster{number}", value] for number, value in enumerate(values)]

    assert guess_mapping(["Name", "Xyz"], samples)[1] == expected


GREENHOUSE = ["Candidate ID", "First Name", "Last Name", "Company", "Title", "Email", "Phone", "Tags",
              "Source", "Last Activity", "Stage"]  # fmt: skip
LEVER = ["Full-Name", "Email", "Date-Added", "Stage", "Archive-Reason", "Sources", "Origin", "Tags",
         "Links", "Headline"]  # fmt: skip
OPENCATS = ["lastName", "firstName", "phoneHome", "phoneCell", "email1", "keySkills"]


@pytest.mark.parametrize(
    ("header", "name", "expected"),
    [
        (GREENHOUSE, "Greenhouse", {0: "", 1: "first_name", 4: "headline", 9: "contacted", 10: ""}),
        (LEVER, "Lever", {0: "full_name", 2: "", 3: "", 4: "", 5: "source", 6: "", 8: "link"}),
        (OPENCATS, "OpenCATS", {0: "last_name", 2: "phone", 3: "phone", 4: "email", 5: "skills"}),
        (["First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"],
         "LinkedIn", {2: "link", 5: "headline"}),
    ],
)  # fmt: skip
def test_exports_of_other_systems_are_recognized(header, name, expected):
    preset = recognize(header)

    assert preset is not None
    assert preset.name == name
    mapping = guess_mapping(header, [["x"] * len(header)]) | preset.mapping(header)
    assert {number: str(mapping[number]) for number in expected} == expected


def test_an_ordinary_file_is_nobodys_export():
    assert recognize(["Name", "E-Mail", "Phone", "Skills", "Company"]) is None
