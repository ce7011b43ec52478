#!/usr/bin/python3
"""Write the sample community: samples/*.{csv,json}.

  tools/make_sample.py [--out samples]

Everything is invented here; nobody is real. The same octets come out on every
machine: chance comes from SHA-256 of a counter, not from a library's generator.
The community is uneven on purpose: a few mentors whom everybody wants, languages
that one mentor speaks, hours that nobody shares, vocabulary as people type it.
"""
import argparse
import csv
import hashlib
import io
import json
import os

NEWCOMERS, MENTORS, BOTH = 306, 122, 8

# zone, languages people there speak well, given names, family names
PLACES = [
    ("Europe/London", "en", "Alice Oliver Priya Callum Zadie", "Hughes Okafor Patel O'Brien Fraser"),
    ("Europe/Berlin", "de en", "Lena Jonas Ayşe Matthias Käthe", "Schröder Yılmaz Krüger Weiß Lindner"),
    ("Europe/Paris", "fr en", "Chloé Mathieu Inès Rémi Fatou", "Lefèvre Moreau Diallo Garnier N'Diaye"),
    ("Europe/Madrid", "es en", "Lucía Álvaro Nerea Íñigo Carmen", "Núñez Ibáñez Soto Echeverría Peña"),
    ("Europe/Lisbon", "pt en", "Inês Tiago Beatriz João Matilde", "Conceição Magalhães Araújo Simões Brandão"),
    ("Europe/Rome", "it en", "Giulia Niccolò Chiara Matteo Ornella", "Bianchi D'Angelo Ferrari Greco Lombardi"),
    ("Europe/Warsaw", "pl en", "Zofia Paweł Małgorzata Łukasz Kinga", "Wójcik Zieliński Dąbrowska Król Szymańska"),
    ("Europe/Kyiv", "uk en", "Олена Тарас Соломія Андрій Дарина", "Шевчук Коваленко Бондар Мельник Лисенко"),
    ("Europe/Athens", "el en", "Ελένη Γιώργος Κατερίνα Νίκος Άννα", "Παππά Νικολάου Γεωργίου Δήμου Ρήγα"),
    ("Europe/Istanbul", "tr en", "Elif Kerem Zeynep Emre Defne", "Şahin Öztürk Çelik Aydın Güneş"),
    ("Europe/Stockholm", "sv en", "Astrid Björn Saga Åke Linnéa", "Lindqvist Öberg Sjöström Håkansson Berg"),
    ("America/New_York", "en", "Jasmine Ethan Rosa Malik Hannah", "Washington Cohen Rivera Brooks Kowalski"),
    ("America/Chicago", "en es", "Marisol Tyler Aaliyah Wyatt Xochitl", "Gutierrez Johnson Freeman Meyer Morales"),
    ("America/Los_Angeles", "en", "Maya Kenji Sofia Dylan Leilani", "Nguyen Tanaka Ramirez Carter Kealoha"),
    ("America/Toronto", "en fr", "Amélie Ravi Siobhan Noah Mei", "Tremblay Singh MacDonald Chen Gagnon"),
    ("America/Mexico_City", "es en", "Ximena Rodrigo Guadalupe Joaquín Itzel", "Hernández Cruz Villaseñor Rojas Quetzal"),
    ("America/Sao_Paulo", "pt en", "Thaís Caio Jurema Rafael Iara", "Oliveira Souza Guimarães Tavares Xavier"),
    ("America/Bogota", "es en", "Valentina Andrés Luz Camilo Manuela", "Restrepo Cárdenas Muñoz Quintero Zapata"),
    ("America/Argentina/Buenos_Aires", "es en", "Martina Facundo Julieta Ezequiel Malena", "Fernández Acuña Rossi Benítez Sosa"),
    ("Africa/Lagos", "en", "Chiamaka Tunde Ngozi Emeka Aisha", "Okonkwo Adeyemi Bello Eze Balogun"),
    ("Africa/Nairobi", "sw en", "Wanjiru Otieno Achieng Kamau Halima", "Mwangi Odhiambo Njoroge Wekesa Hassan"),
    ("Africa/Cairo", "ar en", "نور يوسف سلمى كريم ليلى", "حسن منصور فهمي السيد عبدالله"),
    ("Africa/Johannesburg", "en zu", "Thandi Sipho Naledi Pieter Zanele", "Dlamini Nkosi Mokoena Botha Khumalo"),
    ("Asia/Kolkata", "hi en", "Ananya Arjun दिव्या Rohan Lakshmi", "Sharma Iyer Reddy Banerjee Nair"),
    ("Asia/Kathmandu", "ne en", "Sunita Bikash Asmita Prakash सीता", "Gurung Tamang Shrestha Rai Adhikari"),
    ("Asia/Karachi", "ur en", "Zainab Bilal Hira Usman Sana", "Khan Qureshi Malik Siddiqui Baig"),
    ("Asia/Tehran", "fa en", "نسترن Kaveh Shirin آرش Parisa", "Ahmadi Rostami Kazemi Nouri Tehrani"),
    ("Asia/Jakarta", "id en", "Dewi Budi Putri Agus Ratna", "Wijaya Santoso Siregar Lestari Nasution"),
    ("Asia/Manila", "tl en", "Maricel Jun Ligaya Rafael Divina", "Dela-Cruz Bautista Macaraeg Villanueva Salonga"),
    ("Asia/Shanghai", "zh en", "芳 伟 静 洋 敏", "欧阳 张 林 黄 郑"),
    ("Asia/Tokyo", "ja en", "さくら 健太 美咲 翔 由美", "佐藤 鈴木 田中 渡辺 山本"),
    ("Asia/Seoul", "ko en", "지우 민준 서연 도윤 하은", "김 이 박 최 정"),
    ("Australia/Sydney", "en", "Matilda Lachlan Ngaire Arun Imogen", "Kelly Wirihana Thomson Rao Papadopoulos"),
    ("Pacific/Auckland", "en mi", "Aroha Liam Mereana Tāne Grace", "Ngata Williams Parata Stewart Tūhoe"),
]
# How many people a place has, compared with others.
SHARE = {"Europe/London": 9, "Europe/Berlin": 7, "Asia/Kolkata": 8, "America/New_York": 7,
         "Africa/Lagos": 5, "America/Sao_Paulo": 4, "Europe/Paris": 4, "Europe/Kyiv": 3}

# role as typed, stack, industries; the first entry of a stack is the core
TRACKS = [
    (6, ["Full-Stack", "fullstack", "full stack dev", "Full Stack Developer", "fullstack-developer"],
     ["JavaScript|javascript|JS", "TypeScript|typescript|TS", "React|reactjs|React.js", "Node.js|nodejs|node",
      "HTML/CSS|html-css|html css", "PostgreSQL|postgres|postgresql", "Docker|docker"]),
    (5, ["Backend", "back-end", "backend developer", "Back End Engineer", "back_end"],
     ["Python|python|python3", "Django|django", "Java|java", "Spring Boot|spring-boot|spring", "SQL|sql",
      "PostgreSQL|postgres", "Go|golang|go", "Redis|redis"]),
    (4, ["Frontend", "front-end", "front end developer", "Frontend Dev"],
     ["JavaScript|javascript|js", "TypeScript|typescript", "React|react.js|reactjs", "Vue.js|vue|vuejs",
      "HTML/CSS|html-css", "Accessibility|a11y", "Svelte|svelte"]),
    (3, ["Data Scientist", "data science", "data-scientist"],
     ["Python|python", "pandas|Pandas", "SQL|sql", "R|r", "scikit-learn|sklearn", "Machine Learning|machine-learning|ML"]),
    (2, ["Data Engineer", "data-engineer", "data engineering"],
     ["Python|python", "SQL|sql", "Apache Spark|spark", "Airflow|airflow", "AWS|aws|amazon web services", "Kafka|kafka"]),
    (2, ["DevOps", "devops engineer", "Site Reliability Engineer", "SRE"],
     ["Kubernetes|k8s|kubernetes", "Terraform|terraform", "Docker|docker", "AWS|aws", "Bash|bash|shell", "Go|golang", "Linux|linux"]),
    (2, ["Android developer", "android dev", "Mobile developer"],
     ["Kotlin|kotlin", "Java|java", "Android|android", "Git|git", "SQL|sqlite"]),
    (1, ["iOS developer", "ios dev", "iOS Engineer"],
     ["Swift|swift", "Objective-C|objective-c", "Git|git", "SwiftUI|swiftui"]),
    (2, ["QA", "QA engineer", "Test Engineer", "tester"],
     ["Selenium|selenium", "Python|python", "Cypress|cypress", "SQL|sql", "Testing|testing"]),
    (1, ["Embedded developer", "embedded engineer", "Firmware"],
     ["C|c", "C++|c++|cpp", "Rust|rust", "Linux|linux", "Assembly|asm"]),
    (2, ["UX designer", "ux", "Product Designer", "UX/UI designer"],
     ["Figma|figma", "User Research|user-research", "HTML/CSS|html-css", "Accessibility|accessibility"]),
    (1, ["Security engineer", "appsec", "infosec"],
     ["Python|python", "Linux|linux", "Cryptography|cryptography", "Networking|networking", "Rust|rust"]),
    (1, ["Product manager", "PM", "product owner"],
     ["Roadmaps|roadmapping", "SQL|sql", "User Research|user-research", "Agile|agile|scrum"]),
]
INDUSTRIES = ["Software Development", "software-development", "FinTech", "Banking/Financial Services", "Healthcare",
              "health care", "Education", "Public Sector", "E-Commerce", "Games", "Energy", "Non-profit", ""]
STYLES = ["call", "Call", "chat", "pairing", "Pair programming", "async"]
TAGS = ["career change", "self-taught", "first job", "returning to work", "parent", "women in tech", "open source",
        "interview practice", "remote work", "public speaking", "neurodivergent", "Leadership"]
ORGANIZATIONS = ["Northwind Labs", "Kestrel Health", "Blue Heron Bank", "Tamarind Games", "Open Harbour",
                 "Solstice Energy", "Meridian University", "Papaya Pay", "Juniper & Sons", "City of Lakes"]

COLUMNS = ["external_id", "display_name", "email", "participation", "roles", "stack", "wants", "languages",
           "time_zone", "availability", "industry", "style", "tags", "organization", "years", "capacity",
           "preferences", "avoid", "waiting_days"]
WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class Chance:
    """A stream of numbers that is the same everywhere."""

    def __init__(self, name):
        self.name, self.counter = name, 0

    def below(self, n):
        self.counter += 1
        text = f"{self.name}/{self.counter}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") % n

    def percent(self, p):
        return self.below(100) < p

    def pick(self, items):
        return items[self.below(len(items))]

    def weighted(self, items, weight):
        at = self.below(sum(weight))
        for item, w in zip(items, weight):
            at -= w
            if at < 0:
                return item
        raise AssertionError

    def some(self, items, n):
        rest, out = list(items), []
        while rest and len(out) < n:
            out.append(rest.pop(self.below(len(rest))))
        return out


def person(chance, kind, number):
    zone, spoken, given, family = chance.weighted(PLACES, [SHARE.get(p[0], 2) for p in PLACES])
    given, family = chance.pick(given.split()), chance.pick(family.split())
    name = f"{given} {family}"
    if chance.percent(4):
        name = f"{family}, {given}"
    elif chance.percent(2):
        name = f'{given} "{chance.pick(["Ace", "Kit", "Sol"])}" {family}'
    ident = {"newcomer": "n", "mentor": "m", "both": "b"}[kind] + f"{number:03d}"
    row = dict.fromkeys(COLUMNS, "")
    row.update(external_id=ident, display_name=name, participation=kind, time_zone=zone,
               email="" if chance.percent(3) else f"{ident}@{chance.pick(['example.org', 'example.com', 'example.net'])}")
    row["languages"] = languages(chance, spoken.split(), kind)
    row["availability"] = hours(chance, kind)
    skills(chance, row, kind)
    row["industry"] = chance.pick(INDUSTRIES)
    row["style"] = chance.pick(STYLES)
    row["tags"] = ";".join(chance.some(TAGS, chance.weighted([0, 1, 2, 3], [4, 3, 2, 1])))
    if chance.percent(30):
        row["organization"] = chance.pick(ORGANIZATIONS)
    if kind != "newcomer":
        row["capacity"] = str(chance.weighted([0, 1, 2, 3, 5], [1, 8, 6, 4, 1]))
    row["waiting_days"] = str(chance.weighted([0, 3, 10, 25, 60, 120], [5, 4, 3, 2, 2, 1])) if kind != "mentor" else "0"
    return row


def languages(chance, spoken, kind):
    home = spoken[0]
    out = [home + chance.weighted([":native", ":C2", ""], [8, 1, 1])]
    for other in spoken[1:]:
        if other == "en" and not chance.percent(88 if kind != "newcomer" else 78):
            continue
        level = chance.weighted([":A2", ":B1", ":B2", ":C1", ":C2"],
                                [0, 1, 4, 4, 2] if kind != "newcomer" else [2, 3, 4, 2, 1])
        out.append(other + level)
    if chance.percent(6):
        out.append(chance.pick(["fr:B1", "es:B2", "de:B1", "pt-BR:B2", "zh-Hant:B1", "ar:B1"]))
    return ";".join(out)


def hours(chance, kind):
    busy = chance.weighted([1, 2, 3, 4, 5], [2, 4, 4, 2, 1] if kind == "newcomer" else [3, 5, 3, 1, 1])
    habit = chance.weighted(["evening", "weekend", "lunch", "early", "mixed"], [6, 2, 1, 1, 3])
    out = []
    for day in sorted(chance.some(range(7), busy)):
        when = habit if habit != "mixed" else chance.pick(["evening", "weekend", "lunch"])
        begin = {"evening": [17, 18, 18, 19, 20], "weekend": [9, 10, 13], "lunch": [12], "early": [6, 7]}[when]
        start = chance.pick(begin) * 60 + chance.pick([0, 0, 0, 30, 15])
        end = min(start + chance.pick([60, 90, 120, 120, 180, 240]), 24 * 60)
        out.append(f"{WEEK[day]} {start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}")
    return ";".join(out)


def skills(chance, row, kind):
    _, roles, stack = chance.weighted(TRACKS, [t[0] for t in TRACKS])
    row["roles"] = ";".join(chance.some(roles, 1 if chance.percent(85) else 2))
    typed = [chance.pick(s.split("|")) for s in stack]
    if kind == "newcomer":
        have = chance.some(typed, chance.below(3) + 1)
        row["stack"] = ";".join(s + chance.weighted(["", ":1", ":2", ":3"], [1, 4, 4, 1]) for s in have)
        row["wants"] = ";".join(chance.some(typed, chance.below(3) + 2))
        row["years"] = chance.weighted(["0", "0.5", "1", "2", "3", ""], [3, 3, 3, 2, 1, 1])
    else:
        have = [typed[0]] + chance.some(typed[1:], chance.below(4) + 2)
        row["stack"] = ";".join(s + chance.weighted(["", ":3", ":4", ":5"], [1, 3, 4, 4]) for s in have)
        row["years"] = chance.weighted(["4", "6", "8", "10", "15", "22.5", ""], [2, 4, 4, 3, 2, 1, 1])
        if kind == "both":
            row["wants"] = ";".join(chance.some(["Leadership", "Rust", "system design", "Machine Learning"], 2))


def special(ident, kind, name, zone, spoken, availability, **more):
    row = dict.fromkeys(COLUMNS, "")
    row.update(external_id=ident, display_name=name, participation=kind, email=f"{ident}@example.org",
               time_zone=zone, languages=spoken, availability=availability, roles="Full-Stack", style="call",
               stack="JavaScript:2" if kind == "newcomer" else "JavaScript:5;TypeScript:4",
               wants="TypeScript" if kind == "newcomer" else "", waiting_days="0")
    if kind == "mentor":
        row["capacity"] = "1"
    row.update(more)
    return row


def nobody_can_serve():
    """People whom no plan serves, one reason each, and the mentors that make it so."""
    return [
        # languages that no mentor speaks
        special("n901", "newcomer", "Rahwa Tesfay", "Africa/Asmara", "ti:native", "Mon 18:00-21:00;Sat 09:00-12:00"),
        special("n902", "newcomer", "Pipaluk Kleist", "America/Nuuk", "kl:native;da:A2", "Tue 18:00-21:00"),
        special("n903", "newcomer", "Illa Mamani", "America/La_Paz", "qu:native;es:A1", "Wed 17:00-20:00"),
        # hours that nobody shares, or no hours at all
        special("n904", "newcomer", "Hemi Solomon", "Pacific/Chatham", "en:native", "Sun 01:00-01:45"),
        special("n905", "newcomer", "Moana Tautahi", "Pacific/Chatham", "en:native", "Thu 03:15-04:00"),
        special("n906", "newcomer", "Ada Quiet", "Europe/London", "en:native", ""),
        # one Icelandic mentor: one newcomer avoids her, one works where she works
        special("m901", "mentor", "Guðrún Ísleifsdóttir", "Atlantic/Reykjavik", "is:native", "Mon 18:00-21:00", capacity="3",
                organization="Geysir Software"),
        special("n907", "newcomer", "Þór Magnússon", "Atlantic/Reykjavik", "is:native", "Mon 18:00-21:00", avoid="m901"),
        special("n908", "newcomer", "Æsa Jónsdóttir", "Atlantic/Reykjavik", "is:native", "Mon 18:00-21:00",
                organization="geysir software"),
        special("n909", "newcomer", "Örn Pálsson", "Atlantic/Reykjavik", "is:native", "Mon 18:30-20:30"),
        # one Georgian mentor with one place and four who need her
        special("m902", "mentor", "ნინო ბერიძე", "Asia/Tbilisi", "ka:native", "Wed 19:00-21:00"),
        special("n910", "newcomer", "გიორგი მაისურაძე", "Asia/Tbilisi", "ka:native", "Wed 19:00-21:00", waiting_days="40"),
        special("n911", "newcomer", "მარიამ კაპანაძე", "Asia/Tbilisi", "ka:native", "Wed 19:00-21:00"),
        special("n912", "newcomer", "ლუკა ლომიძე", "Asia/Tbilisi", "ka:native", "Wed 18:30-20:30"),
        special("n913", "newcomer", "ანა გელაშვილი", "Asia/Tbilisi", "ka:native", "Wed 19:30-21:00"),
    ]


def relations(chance, rows):
    """Preferences crowd around a few mentors; some people avoid one another."""
    mentors = [r["external_id"] for r in rows if r["participation"] != "newcomer"]
    newcomers = [r["external_id"] for r in rows if r["participation"] != "mentor"]
    stars = chance.some(mentors, 6)
    for row in rows:
        if row["preferences"] or row["avoid"] or row["external_id"].endswith(("9", "13")):
            continue
        me = row["external_id"]
        if row["participation"] != "mentor" and chance.percent(30):
            wish = chance.some(stars, chance.below(2) + 1) + chance.some(mentors, chance.below(2))
            row["preferences"] = ";".join(i for i in dict.fromkeys(wish) if i != me)
        elif row["participation"] == "mentor" and chance.percent(15):
            row["preferences"] = ";".join(chance.some(newcomers, 2))
        if chance.percent(3):
            other = chance.pick(mentors if row["participation"] == "newcomer" else newcomers)
            row["avoid"] = other if other != me else ""


def community():
    chance = Chance("cairn sample 1")
    rows = [person(chance, "newcomer", i + 1) for i in range(NEWCOMERS)]
    rows += [person(chance, "mentor", i + 1) for i in range(MENTORS)]
    rows += [person(chance, "both", i + 1) for i in range(BOTH)]
    relations(chance, rows)
    return rows + nobody_can_serve()


def broken():
    """Twenty different faults; the comments give row and column."""
    good = dict(external_id="", display_name="Somebody", email="", participation="newcomer", roles="backend",
                stack="python:2", wants="sql", languages="en:B2", time_zone="Europe/Berlin",
                availability="Mon 18:00-20:00", years="1", capacity="", preferences="", avoid="", waiting_days="0",
                shoe_size="42")
    faults = [                                                 # row 1: shoe_size is no column
        dict(external_id=""),                                  # 2
        dict(display_name=""),
        dict(email="ada at example.org"),
        dict(participation="guru"),                            # 5
        dict(roles="backend;---"),
        dict(stack="python:9"),
        dict(languages="en:D1"),
        dict(languages="e"),
        dict(time_zone="Europe/Berln"),                        # 10
        dict(availability="Mon 20:00-18:00"),
        dict(availability="Mun 18:00-20:00"),
        dict(availability="Mon 18:00-25:00"),
        dict(years="-1"),
        dict(participation="mentor", capacity="1.5"),          # 15
        dict(capacity="2"),
        dict(external_id="x3"),
        dict(preferences="x3;nobody"),
        dict(avoid="x19"),
        dict(waiting_days="soon"),                             # 20
    ]
    rows = []
    for i, fault in enumerate(faults):
        rows.append({**good, "external_id": f"x{i + 2}", **fault})
    return list(good), rows


def csv_text(columns, rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def json_text(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


INTAKE = {
    "name": "Autumn 2027", "anchor_time_zone": "Europe/Berlin", "first_date": "2027-10-04", "last_date": "2027-11-28",
    "session_minutes": 60, "sessions_per_week": 1, "cohort_size": {"min": 3, "max": 6},
    "holidays": ["2027-11-01"], "language_level": "B1", "allowed_misses": 0,
}
POLICY = {
    "hard_rules": {"language_level": "B1", "min_shared_minutes": 60, "forbid_same_organization": True,
                   "repeat_window_days": 180},
    "points": {"role": 20, "stack": 30, "language": 10, "overlap": 15, "industry": 5, "style": 5, "tags": 5,
               "experience": 10, "newcomer_preference": 20, "mentor_preference": 10},
    "scales": {"overlap_full_minutes": 180, "experience_gap_years": {"min": 2, "max": 10}},
    "waiting": {"days_per_step": 7, "weight_max": 20},
    "horizon": {"first_date": "2027-10-04", "weeks": 8},
    "confirmation": {"newcomer": False, "mentor": False},
    "objective": ["newcomers_matched", "worst_points", "total_points"],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "..", "samples"))
    out = parser.parse_args().out
    os.makedirs(out, exist_ok=True)
    files = {"community.csv": csv_text(COLUMNS, community()), "broken.csv": csv_text(*broken()),
             "intake.json": json_text(INTAKE), "policy.json": json_text(POLICY)}
    for name, text in files.items():
        with open(os.path.join(out, name), "w", encoding="utf-8", newline="") as f:
            f.write(text)


if __name__ == "__main__":
    main()
