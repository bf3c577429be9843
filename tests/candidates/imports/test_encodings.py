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
