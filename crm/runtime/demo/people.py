"""Invented people: names by culture, with trades, companies and places that fit."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from candidates.services.identifying import fold

# Country code, phone prefix that four digits make a valid mobile number, places, given names, family names.
CULTURES: tuple[tuple[str, str, str, str, str], ...] = (
    ("DE", "+49 151 2345", "Berlin, Hamburg, München, Leipzig, Köln",
     "Anna, Jonas, Katharina, Lukas, Miriam, Felix, Johanna, Tobias, Greta, Matthias",
     "Schröder, Brandt, Vogel, Lindner, Krüger, Weiß, Hartmann, Seidel, Böhm, Jäger"),
    ("FR", "+33 6 12 34", "Paris, Lyon, Nantes, Toulouse",
     "Chloé, Mathieu, Élodie, Bastien, Camille, Théo, Inès, Julien, Margaux, Rémi",
     "Marchand, Lefèvre, Girard, Bonnet, Rousseau, Fontaine, Mercier, Noël, Perrin, Aubert"),
    ("GB", "+44 7400 12", "London, Leeds, Bristol, Glasgow",
     "Amelia, Callum, Imogen, Rhys, Freya, Alistair, Poppy, Gareth, Niamh, Oliver",
     "Whitaker, Sinclair, Hughes, Pemberton, Fraser, Doyle, Ashworth, Bevan, Hartley, Marsh"),
    ("PL", "+48 512 34", "Kraków, Warszawa, Wrocław, Gdańsk",
     "Tomasz, Agnieszka, Zofia, Michał, Wiktoria, Paweł, Małgorzata, Jakub, Ewelina, Łukasz",
     "Nowak, Wiśniewska, Wójcik, Kamińska, Zieliński, Szymańska, Dąbrowski, Kozłowska, Jabłoński, Mazur"),
    ("ES", "+34 612 34", "Madrid, Barcelona, Valencia, Sevilla",
     "Mateo, Lucía, Íñigo, Carmen, Álvaro, Nuria, Sergio, Marta, Joaquín, Begoña",
     "Álvarez, Moreno, Ibáñez, Castaño, Serrano, Núñez, Vidal, Iglesias, Peña, Cortés"),
    ("TR", "+90 532 123", "İstanbul, Ankara, İzmir",
     "Elif, Emre, Zeynep, Çağlar, Ayşe, Burak, Gülşah, Kerem, Şebnem, Tolga",
     "Yıldız, Şahin, Öztürk, Aydın, Çelik, Kaya, Doğan, Arslan, Güneş, Koç"),
    ("NG", "+234 803 123", "Lagos, Abuja, Ibadan",
     "Ifeoma, Chidi, Amara, Tunde, Ngozi, Emeka, Folake, Segun, Adaeze, Kelechi",
     "Okafor, Eze, Adeyemi, Balogun, Nwosu, Okonkwo, Abiola, Ogunleye, Uche, Danjuma"),
    ("IN", "+91 98765 4", "Bengaluru, Pune, Hyderabad, Chennai",
     "Priya, Arjun, Ananya, Rohan, Kavya, Vikram, Meera, Siddharth, Lakshmi, Rahul",
     "Raman, Iyer, Deshpande, Menon, Banerjee, Kulkarni, Reddy, Chatterjee, Nair, Bhatt"),
    ("JP", "+81 90 1234", "Tokyo, Osaka, Fukuoka",
     "Yuki, Haruto, Sakura, Ren, Aoi, Takumi, Hina, Daiki, Mei, Kenta",
     "Tanabe, Fujimoto, Okada, Matsuda, Hayashi, Kondo, Nishimura, Ueda, Shibata, Morita"),
    ("BR", "+55 11 91234", "São Paulo, Recife, Curitiba",
     "Lucas, Beatriz, Thiago, Larissa, João Pedro, Camila, Gustavo, Letícia, Rafael, Tainá",
     "Ferreira, Carvalho, Araújo, Monteiro, Gonçalves, Ribeiro, Azevedo, Teixeira, Nogueira, Brandão"),
    ("SE", "+46 70 123", "Stockholm, Göteborg, Malmö",
     "Hanna, Oskar, Linnéa, Axel, Ebba, Måns, Åsa, Viktor, Saga, Björn",
     "Lindqvist, Sjöberg, Åkesson, Nyström, Ekström, Bergman, Hållberg, Dahlin, Sandström, Öberg"),
    ("AE", "+971 50 123", "Dubai, Abu Dhabi",
     "Omar, Layla, Yousef, Noor, Khalid, Rania, Tariq, Salma, Hassan, Dina",
     "Haddad, Mansour, Al Sayed, Farouk, Nasser, Khoury, Rahman, Aziz, Saleh, Bakri"),
    ("KE", "+254 712 34", "Nairobi, Mombasa",
     "Grace, Brian, Wanjiru, Kevin, Achieng, Dennis, Njeri, Otieno, Mercy, Kamau",
     "Kimani, Odhiambo, Mwangi, Wekesa, Njoroge, Chebet, Mutua, Onyango, Karanja, Kiplagat"),
    ("VN", "+84 90 123", "Hà Nội, Đà Nẵng, Hồ Chí Minh",
     "Linh, Minh, Thảo, Quân, Hương, Đức, Ngọc, Tuấn, Mai, Khánh",
     "Nguyễn, Trần, Phạm, Lê, Hoàng, Vũ, Đặng, Bùi, Đỗ, Hồ"),
)  # fmt: skip

TRADES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Backend Engineer", ("Python", "Django", "PostgreSQL", "Go", "Kafka", "Kubernetes")),
    ("Frontend Engineer", ("TypeScript", "React", "Accessibility", "CSS", "Vue", "Playwright")),
    ("Site Reliability Engineer", ("Kubernetes", "Terraform", "Go", "Linux", "AWS", "eBPF")),
    ("Data Engineer", ("Python", "Spark", "dbt", "SQL", "Airflow", "Kafka")),
    ("Machine Learning Engineer", ("PyTorch", "Python", "CUDA", "Statistics", "SQL")),
    ("Product Designer", ("Figma", "Research", "Design systems", "Prototyping")),
    ("Product Manager", ("Discovery", "Roadmaps", "SQL", "Pricing")),
    ("Engineering Manager", ("Leadership", "Java", "AWS", "Hiring")),
    ("Security Engineer", ("AppSec", "OAuth", "Python", "Threat modeling")),
    ("Nurse Manager", ("Intensive care", "Rostering", "Leadership")),
    ("Accountant", ("IFRS", "SAP", "Excel")),
    ("Sales Executive", ("Negotiation", "SaaS", "Salesforce")),
)
SENIORITIES = ("", "", "", "Senior ", "Senior ", "Staff ", "Junior ")
COMPANIES = (
    "Tidewater", "Parcelo", "Modehaus", "Kumo Robotics", "Santelle", "Bazarek", "Nairapay", "Pagecraft",
    "Kedai", "Roxo Bank", "Betalix", "Twiga Mobile", "Girolino", "Betaalhuis", "Mestolo", "Fjord Energy",
    "Aurora Data", "Sol y Mar", "Harbour Health", "Quanta Robotics", "Ziya Teknoloji", "Tulip Cloud",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    full_name: str
    headline: str
    company: str
    city: str
    country: str
    email: str
    phone: str
    link: str
    skills: tuple[str, ...] = field(default=())


def invent_people(count: int, *, seed: int) -> Iterator[Person]:
    """`count` people with distinct addresses; the same `seed` gives the same people."""
    dice = random.Random(seed)  # noqa: S311 - invents people, guards nothing
    taken: set[str] = set()
    while len(taken) < count:
        country, prefix, places, given_names, family_names = dice.choice(CULTURES)
        full_name = (
            f"{dice.choice(given_names.split(', '))} {dice.choice(family_names.split(', '))}"
        )
        handle = fold(full_name).replace(" ", ".").replace("'", "")
        if handle in taken:
            continue
        taken.add(handle)
        trade, skills = dice.choice(TRADES)
        yield Person(
            full_name=full_name,
            headline=dice.choice(SENIORITIES) + trade,
            company=dice.choice(COMPANIES),
            city=dice.choice(places.split(", ")),
            country=country,
            email=f"{handle}@example.{dice.choice(('com', 'org', 'net'))}",
            phone=prefix + "".join(str(dice.randrange(10)) for _ in range(4))
            if dice.random() < 0.6
            else "",
            link=f"https://www.linkedin.com/in/{handle.replace('.', '-')}-{dice.randrange(16**4):04x}"
            if dice.random() < 0.5
            else "",
            skills=tuple(dice.sample(skills, k=min(len(skills), dice.randint(2, 4)))),
        )
