"""Text files of every alphabet say in which encoding they are; what is found can be chosen otherwise."""

from io import BytesIO

import pytest

from candidates.services.importing.formats.encodings import ENCODINGS
from candidates.services.importing.reading import Reading, read_table

PEOPLE = {
    "ja": ["山田太郎,株式会社東京商事,営業部長", "佐藤花子,日本電気株式会社,ソフトウェアエンジニア",
           "鈴木一郎,トヨタ自動車,プロジェクトマネージャー"],
    "zh": ["王小明,北京科技有限公司,软件工程师", "李娜,上海银行,产品经理", "张伟,腾讯,销售总监"],
    "zh-tw": ["王小明,台北科技有限公司,軟體工程師", "李娜,國泰銀行,產品經理", "張偉,台積電,業務總監"],
    "ko": ["김민수,삼성전자,소프트웨어 엔지니어", "이지은,네이버,프로덕트 매니저"],
    "ru": ["Иван Петров,Яндекс,Инженер", "Мария Смирнова,Газпром,Менеджер по продажам",
           "Алексей Кузнецов,Сбербанк,Аналитик данных"],
    "el": ["Γιώργος Παπαδόπουλος,Εθνική Τράπεζα,Μηχανικός", "Μαρία Νικολάου,ΟΤΕ,Διευθύντρια πωλήσεων"],
    "de": ["Jörg Müller,München,Geschäftsführer", "Änne Groß,Köln,Schäfer"],
    "pl": ["Łukasz Wójcik,Łódź,Inżynier", "Małgorzata Dąbrowska,Kraków,Księgowa", "Paweł Żółć,Poznań,"],
    "cs": ["Jiří Dvořák,Plzeň,", "Tomáš Černý,Praha,Účetní", "Zdeněk Růžička,Č. Budějovice,"],
    "hu": ["Erzsébet Szűcs,Győr,", "László Erdős,Pécs,Könyvelő", "Gergő Tóth,Szeged,"],
    "fr": ["Éléonore Lainé,Orléans,", "François Lefèvre,Nîmes,Ingénieur", "Zoé Cœur,Sète,"],
    "tr": ["Ayşe Yılmaz,İstanbul,", "Çağla Doğan,Eskişehir,", "Işıl Şahin,Muğla,Mühendis"],
    "pt": ["João Conceição,São Paulo,", "Inês Magalhães,Évora,", "Simões Antão,Guimarães,"],
    "da": ["Søren Sørensen,Ålborg,", "Lærke Jørgensen,København,"],
    "it": ["Niccolò Forlì,Cantù,", "Andrè Però,Città di Castello,"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("ja", "cp932"), ("ja", "euc_jp"), ("zh", "gb18030"), ("zh-tw", "big5"), ("ko", "cp949"),
        ("ru", "cp1251"), ("ru", "koi8_r"), ("ru", "mac_cyrillic"), ("el", "cp1253"),
        ("de", "cp1252"), ("de", "mac_roman"), ("de", "cp850"), ("pl", "cp1250"), ("cs", "cp1250"),
        ("hu", "cp1250"), ("fr", "cp1252"), ("fr", "mac_roman"), ("tr", "cp1254"), ("pt", "cp1252"),
        ("da", "cp1252"), ("it", "cp1252"), ("pl", "utf-16"), ("ru", "utf-16-le"), ("ja", "utf-8-sig"),
    ],
)  # fmt: skip
def test_every_alphabet_is_read_as_it_was_written(language, encoding):
    lines = [f"{line},p{n}@example.com" for n, line in enumerate(PEOPLE[language])]
    content = "\r\n".join(["Name,Company,Title,E-Mail", *lines]).encode(encoding)

    table = read_table(BytesIO(content))

    assert table.reading.encoding == encoding
    assert [",".join(cells) for _, cells in table.rows] == lines


def test_what_was_found_can_be_chosen_otherwise():
    content = "Name,E-Mail\nJiøí,j@example.com\n".encode("cp1252")
    found = read_table(BytesIO(content))
    assert [cells[0] for _, cells in found.rows] == ["Jiøí"]

    chosen = read_table(BytesIO(content), Reading(encoding="cp1250"))

    assert [cells[0] for _, cells in chosen.rows] == ["Jiří"]


def test_every_encoding_that_can_be_chosen_is_one():
    for encoding in ENCODINGS:
        assert "Anna".encode(encoding).decode(encoding) == "Anna"


ASCII = "".join(f"Person {n},p{n}@example.com,Ulm\n" for n in range(200))


def read_bytes(content: bytes, **chosen):
    """Rows by line, and the notices, of a file of these bytes."""
    table = read_table(BytesIO(content), Reading(**chosen))
    return dict(table.rows), table.reading, table.notices


@pytest.mark.parametrize(("before", "after"), [("", ""), (ASCII, ""), ("", ASCII), (ASCII, ASCII)])
def test_lines_of_two_encodings_are_each_read_in_their_own(before, after):
    content = (
        b"Name,Email,City\n" + before.encode() + "Jürgen Groß,j@example.com,Köln\n".encode("cp1252")
        + "Zoë Dvořák,zoe@example.com,Kraków\n".encode() + after.encode()
    )  # fmt: skip
    line = 2 + before.count("\n")

    rows, reading, notices = read_bytes(content)

    assert reading.encoding == "cp1252"
    assert rows[line] == ["Jürgen Groß", "j@example.com", "Köln"]
    assert rows[line + 1] == ["Zoë Dvořák", "zoe@example.com", "Kraków"]
    assert len(rows) == 2 + (before + after).count("\n")
    (notice,) = notices
    assert notice == (
        f"Two encodings in one file: line {line + 1} is in Unicode (UTF-8), the rest in Western European (Windows). "
        "Each line is read in its own; look at the accents there."
    )


def test_a_line_of_single_bytes_in_a_file_of_utf8_is_read_as_it_was_written():
    names = "".join(f"Zoë Núñez {n},z{n}@example.com,Kraków\n" for n in range(50)).encode()
    content = b"Name,Email,City\n" + names + "José,j@example.com,Köln\n".encode("cp1252") + names

    rows, reading, notices = read_bytes(content)

    assert reading.encoding == "utf-8-sig"
    assert rows[52] == ["José", "j@example.com", "Köln"]
    assert rows[2][0] == "Zoë Núñez 0"
    assert rows[53][2] == "Kraków"
    assert "line 52 is in Western European (Windows), the rest in Unicode (UTF-8)" in notices[0]


def test_a_letter_that_was_cut_in_two_is_no_other_encoding():
    names = "".join(f"Zoë Núñez {n},z{n}@example.com,Kraków\n" for n in range(50)).encode()
    cut = "Zoë,cut@example.com,Krakó".encode()[:-1] + b"\n"

    rows, _, notices = read_bytes(b"Name,Email,City\n" + names + cut)

    assert rows[52] == ["Zoë", "cut@example.com", "Krak\N{REPLACEMENT CHARACTER}"]
    assert notices == ["1 character could not be read: shown as \N{REPLACEMENT CHARACTER}."]


@pytest.mark.parametrize(
    ("encoding", "line"),
    [
        ("cp1252", "RENÉ’S CAFÉ,r@example.com,Orléans"),
        ("cp1252", "ANDRÉ\xa0X,a@example.com,Nîmes"),
        ("cp1252", "Voilà\xa0\xa0,v@example.com,"),
        ("mac_roman", "l’île,i@example.com,"),
        ("mac_roman", "“école,e@example.com,"),
    ],
)
def test_what_is_utf8_by_chance_is_not_taken_for_it(encoding, line):
    names = "".join(f"Zoé Lefèvre {n},z{n}@example.com,Nîmes\n" for n in range(50))

    rows, _, notices = read_bytes(f"Name,Email,City\n{names}{line}\n".encode(encoding))

    assert rows[52] == line.split(",")
    assert notices == []


def test_a_chosen_encoding_leaves_lines_of_utf8_as_they_are():
    content = (
        b"Name,Email\n" + "Łukasz,l@example.com\n".encode("cp1250") + "Zoë,z@example.com\n".encode()
    )

    rows, _, notices = read_bytes(content, encoding="cp1250")

    assert (rows[2][0], rows[3][0]) == ("Łukasz", "Zoë")
    assert "line 3 is in Unicode (UTF-8), the rest in Central European (Windows)" in notices[0]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_ends_of_lines_do_not_matter_to_it(end):
    content = end.join(["Name,Email", "Jörg,j@example.com", ""]).encode("cp1252")
    content += ("Zoë,z@example.com" + end).encode()

    rows, _, _ = read_bytes(content)

    assert (rows[2][0], rows[3][0]) == ("Jörg", "Zoë")
