# ruff: noqa: E501  (tables of words read better in long lines)
"""The vocabulary of the invented world: names, places, trades. No real person, company or address is meant.

Names are common ones of each region, combined by chance; company names are composed of invented stems; every domain
ends in `.example` or `.test`; American and British numbers stay in the ranges kept free for fiction where these are
large enough, the others merely have the right shape.
"""

from __future__ import annotations

from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclass(frozen=True, slots=True)
class Naming:
    """A region's way of naming people. `script` holds (native script, Latin) pairs for some of them."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    script_first: tuple[tuple[str, str], ...] = ()
    script_last: tuple[tuple[str, str], ...] = ()


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((a, b) for a, b in (word.split("/") for word in text.split()))


NAMING: dict[str, Naming] = {
    "en": Naming(
        _words(
            "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph "
            "Jessica Thomas Sarah Christopher Karen Charles Lisa Daniel Nancy Matthew Sandra Anthony Margaret Mark Ashley "
            "Steven Emily Andrew Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Melissa Timothy Deborah Ronald "
            "Stephanie Jason Rebecca Edward Laura Jeffrey Helen Ryan Sharon Jacob Cynthia Nicholas Kathleen Gary Amy Eric "
            "Angela Jonathan Shirley Stephen Brenda Larry Emma Justin Anna Scott Pamela Brandon Nicole Benjamin Ruth "
            "Samuel Katherine Gregory Samantha Alexander Christine Patrick Victoria Frank Rachel Raymond Olivia Zoe Owen"
        ),
        _words(
            "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin Jackson Thompson "
            "White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson Carter "
            "Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Morgan "
            "Cooper Peterson Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson Brooks Bennett Gray James Hughes "
            "Price Myers Long Foster Sanders Ross Powell Sullivan Russell Ortiz Jenkins Perry Butler Barnes Fisher O'Brien "
            "MacDonald McCarthy Fitzgerald Whitfield Ashdown Pemberton Holloway Thackeray Lockhart Winslow Radcliffe Hale"
        ),
    ),
    "de": Naming(
        _words(
            "Anna Lukas Marie Felix Sophie Jonas Katharina Maximilian Julia Tobias Lena Sebastian Laura Stefan Claudia Jürgen "
            "Sabine Wolfgang Petra Matthias Heike Günther Birgit Markus Nadine Thorsten Silke Bernd Ulrike Jörg Anke Holger"
        ),
        _words(
            "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf "
            "Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Krause Lehmann Köhler Weiß Großmann "
            "Jäger Vogel Brandt Lindner Kaltenbach Rosenau Tiefensee"
        ),
    ),
    "fr": Naming(
        _words(
            "Camille Louis Chloé Gabriel Léa Arthur Manon Jules Inès Hugo Élodie Antoine Amélie Nicolas Céline François "
            "Aurélie Mathieu Hélène Benoît Margaux Thibault Noémie Guillaume Anaïs Rémi Solène Étienne"
        ),
        _words(
            "Martin Bernard Dubois Thomas Robert Richard Petit Durand Leroy Moreau Simon Laurent Lefebvre Michel Garcia David "
            "Bertrand Roux Vincent Fournier Morel Girard André Mercier Dupont Lambert Bonnet François Legrand Beaumarchais"
        ),
    ),
    "es": Naming(
        _words(
            "María José Carmen Antonio Lucía Manuel Ana Francisco Laura David Marta Javier Elena Carlos Paula Miguel Sofía "
            "Alejandro Raquel Íñigo Nuria Jesús Pilar Álvaro Beatriz Andrés Inés Óscar"
        ),
        _words(
            "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno "
            "Álvarez Muñoz Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Serrano Ibáñez"
        ),
    ),
    "it": Naming(
        _words(
            "Giulia Alessandro Francesca Marco Chiara Lorenzo Martina Andrea Sara Matteo Valentina Luca Elisa Davide Paola "
            "Stefano Niccolò Ilaria Simone Beatrice"
        ),
        _words(
            "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti DeLuca Costa Giordano "
            "Mancini Rizzo Lombardi Moretti D'Angelo Fontana"
        ),
    ),
    "pl": Naming(
        _words(
            "Anna Piotr Katarzyna Krzysztof Małgorzata Andrzej Agnieszka Tomasz Barbara Paweł Ewa Michał Zofia Łukasz Joanna "
            "Grzegorz Aleksandra Wojciech Świętosława Kamil"
        ),
        _words(
            "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski "
            "Mazur Jankowski Krawczyk Wojciechowski Pawłowski Michalski Król Wróbel"
        ),
    ),
    "nl": Naming(
        _words("Daan Emma Sem Julia Lucas Sanne Bram Lotte Thijs Femke Ruben Anouk Jeroen Marieke Wouter Ilse Sander Fleur"),
        ("de Jong", "Jansen", "de Vries", "van den Berg", "van Dijk", "Bakker", "Janssen", "Visser", "Smit", "Meijer", "de Boer",
         "Mulder", "de Groot", "Bos", "Vos", "Peters", "Hendriks", "van Leeuwen", "Dekker", "Brouwer", "van der Meer"),
    ),
    "sv": Naming(
        _words("Erik Anna Lars Maria Karl Elisabeth Anders Kristina Johan Eva Per Birgitta Nils Åsa Göran Linnéa Björn Malin"),
        _words(
            "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Lindberg Lindström "
            "Bergström Sjöberg Åkesson Nyström Holmgren Wikström"
        ),
    ),
    "pt": Naming(
        _words("João Maria Pedro Ana Gabriel Juliana Lucas Fernanda Rafael Camila Thiago Letícia Gustavo Patrícia Antônio Inês"),
        _words(
            "Silva Santos Oliveira Souza Rodrigues Ferreira Alves Pereira Lima Gomes Costa Ribeiro Martins Carvalho Almeida "
            "Araújo Conceição Magalhães Nóbrega"
        ),
    ),
    "in": Naming(
        _words("Aarav Priya Rahul Ananya Arjun Kavya Rohan Meera Vikram Deepika Sanjay Lakshmi Amit Pooja Karthik Divya Imran"),
        _words("Sharma Patel Singh Kumar Gupta Reddy Nair Iyer Khan Mehta Joshi Desai Rao Banerjee Mukherjee Chatterjee Pillai"),
    ),
    "jp": Naming(
        _words("Haruto Yui Sota Aoi Yuto Hina Ren Sakura Kenji Naoko Takashi Yumi Hiroshi Keiko"),
        _words("Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada"),
        _pairs("陽翔/Haruto 結衣/Yui 颯太/Sota 葵/Aoi 健二/Kenji 直子/Naoko 隆/Takashi 由美/Yumi 浩/Hiroshi 恵子/Keiko"),
        _pairs("佐藤/Sato 鈴木/Suzuki 高橋/Takahashi 田中/Tanaka 渡辺/Watanabe 伊藤/Ito 山本/Yamamoto 中村/Nakamura 小林/Kobayashi"),
    ),
    "cn": Naming(
        _words("Wei Fang Min Jing Li Qiang Lei Yan Tao Xiuying Hao Mei Jianhua Xiaoming Guiying Zhiqiang Yulan Wenjie Haiyan Junjie"),
        _words("Wang Li Zhang Liu Chen Yang Zhao Huang Zhou Wu Xu Sun"),
        _pairs("伟/Wei 芳/Fang 敏/Min 静/Jing 丽/Li 强/Qiang 磊/Lei 艳/Yan 涛/Tao 秀英/Xiuying 浩/Hao 梅/Mei"),
        _pairs("王/Wang 李/Li 张/Zhang 刘/Liu 陈/Chen 杨/Yang 赵/Zhao 黄/Huang 周/Zhou 吴/Wu 徐/Xu 孙/Sun"),
    ),
    "ru": Naming(
        _words("Alexander Elena Sergei Olga Dmitry Natalia Andrei Irina Alexei Tatiana Ivan Svetlana"),
        _words("Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov"),
        _pairs("Александр/Alexander Елена/Elena Сергей/Sergei Ольга/Olga Дмитрий/Dmitry Наталья/Natalia Андрей/Andrei Ирина/Irina"),
        _pairs("Иванов/Ivanov Смирнов/Smirnov Кузнецов/Kuznetsov Попов/Popov Петров/Petrov Соколов/Sokolov Новиков/Novikov"),
    ),
    "gr": Naming(
        _words("Giorgos Maria Dimitris Eleni Nikos Katerina Yannis Sofia Kostas Vasiliki Panagiotis Ioanna Christos Anastasia Stavros Despina"),
        _words("Papadopoulos Nikolaidis Georgiou Dimitriou Pappas Vlachos Ioannou Economou Makris Karagiannis Antoniou Theodorou Galanis Samaras"),
        _pairs("Γιώργος/Giorgos Μαρία/Maria Δημήτρης/Dimitris Ελένη/Eleni Νίκος/Nikos Κατερίνα/Katerina Γιάννης/Yannis"),
        _pairs("Παπαδόπουλος/Papadopoulos Νικολαΐδης/Nikolaidis Γεωργίου/Georgiou Δημητρίου/Dimitriou Παππάς/Pappas"),
    ),
    "kr": Naming(
        _words("Minjun Seoyeon Jiho Jiwoo Hyunwoo Soojin Donghyun Eunji Taeyang Haeun Sangwoo Yuna Kyungmin Boram Seungho Dahye Jaehyun Minseo"),
        _words("Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Shin Kwon Hwang Song Bae"),
        _pairs("태양/Taeyang 하은/Haeun 상우/Sangwoo 유나/Yuna 경민/Kyungmin 보람/Boram 승호/Seungho 다혜/Dahye 민준/Minjun 서연/Seoyeon 지호/Jiho 지우/Jiwoo 현우/Hyunwoo 수진/Soojin 동현/Donghyun 은지/Eunji"),
        _pairs("김/Kim 이/Lee 박/Park 최/Choi 정/Jung 강/Kang 조/Cho 윤/Yoon 장/Jang 임/Lim 한/Han 신/Shin 권/Kwon 황/Hwang 송/Song 배/Bae"),
    ),
}  # fmt: skip

NICKNAMES = {
    "James": "Jim", "Robert": "Bob", "Patricia": "Pat", "Jennifer": "Jen", "Michael": "Mike", "Elizabeth": "Liz",
    "William": "Bill", "Richard": "Rick", "Joseph": "Joe", "Thomas": "Tom", "Christopher": "Chris", "Charles": "Chuck",
    "Daniel": "Dan", "Matthew": "Matt", "Margaret": "Maggie", "Anthony": "Tony", "Steven": "Steve", "Andrew": "Andy",
    "Kenneth": "Ken", "Timothy": "Tim", "Deborah": "Debbie", "Ronald": "Ron", "Stephanie": "Steph", "Rebecca": "Becky",
    "Edward": "Ed", "Jeffrey": "Jeff", "Jacob": "Jake", "Cynthia": "Cindy", "Nicholas": "Nick", "Kathleen": "Kathy",
    "Jonathan": "Jon", "Stephen": "Steve", "Benjamin": "Ben", "Samuel": "Sam", "Katherine": "Kate", "Gregory": "Greg",
    "Samantha": "Sam", "Alexander": "Alex", "Patrick": "Pat", "Victoria": "Vicky", "Raymond": "Ray", "Susan": "Sue",
    "Katharina": "Kathi", "Maximilian": "Max", "Sebastian": "Basti", "Francisco": "Paco", "José": "Pepe",
    "Alessandro": "Sandro", "Francesca": "Franca", "Małgorzata": "Gosia", "Katarzyna": "Kasia", "Aleksandra": "Ola",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A country as the world uses it: where companies sit, how numbers look (# is any digit), who is named how.

    `naming` lists namings with weights: even there, not everybody has a local name. `tz` is hours from UTC.
    """

    country: str
    region: str
    tz: int
    cities: tuple[tuple[str, str, str, str], ...]
    mobile: str
    naming: tuple[tuple[str, int], ...]
    streets: tuple[str, ...]
    street_form: str
    suffixes: tuple[str, ...]
    weight: int


_EN_STREETS = _words(
    "Maple Harbor Juniper Foundry Lakeview Cedar Mill Station Granite Orchard Bridge Quarry Willow Summit Ferry"
)
_NORTH = (("en", 70), ("es", 10), ("in", 6), ("cn", 4), ("de", 3), ("pl", 2), ("it", 3), ("kr", 2))

# City, state, postcode pattern, landline pattern.
PLACES: tuple[Place, ...] = (
    Place("United States", "AMER", -6, (
        ("San Francisco", "CA", "941##", "+1415555####"), ("Seattle", "WA", "981##", "+1206555####"),
        ("Denver", "CO", "802##", "+1303555####"), ("Chicago", "IL", "606##", "+1312555####"),
        ("Austin", "TX", "787##", "+1512555####"), ("Boston", "MA", "021##", "+1617555####"),
        ("Atlanta", "GA", "303##", "+1404555####"), ("New York", "NY", "100##", "+1212555####"),
        ("Portland", "OR", "972##", "+1503555####"), ("Minneapolis", "MN", "554##", "+1612555####"),
        ("Columbus", "OH", "432##", "+1614555####"), ("Phoenix", "AZ", "850##", "+1602555####"),
    ), "", _NORTH, _EN_STREETS, "{n} {s} St", ("Inc.", "LLC", "Corp."), 44),
    Place("Canada", "AMER", -5, (
        ("Toronto", "ON", "M5V 2T6", "+1416555####"), ("Vancouver", "BC", "V6B 1A1", "+1604555####"),
        ("Montréal", "QC", "H2Y 1C6", "+1514555####"),
    ), "", (("en", 70), ("fr", 20), ("in", 10)), _EN_STREETS, "{n} {s} Ave", ("Inc.", "Ltd."), 5),
    Place("United Kingdom", "EMEA", 0, (
        ("London", "", "EC2A 4NE", "+442079######"), ("Manchester", "", "M1 4BT", "+44161496####"),
        ("Leeds", "", "LS1 4DY", "+44113496####"), ("Bristol", "", "BS1 5TR", "+441174960###"),
    ), "+447400######", (("en", 82), ("in", 8), ("pl", 5), ("es", 5)), _EN_STREETS, "{n} {s} Road", ("Ltd", "plc"), 13),
    Place("Germany", "EMEA", 1, (
        ("Berlin", "", "101##", "+4930#######"), ("München", "", "803##", "+4989#######"),
        ("Hamburg", "", "200##", "+4940#######"), ("Köln", "", "506##", "+49221#######"),
    ), "+49151########", (("de", 86), ("en", 4), ("pl", 5), ("it", 5)),
        _words("Linden Garten Mühlen Schiller Kirch Rosen Berg Ufer Bahnhof"), "{s}straße {n}", ("GmbH", "AG"), 10),
    Place("France", "EMEA", 1, (
        ("Paris", "", "750##", "+3314#######"), ("Lyon", "", "690##", "+33437######"), ("Lille", "", "590##", "+333########"),
    ), "+33612######", (("fr", 90), ("en", 5), ("it", 5)),
        _words("Lilas Moulin Gare Écoles Jardins Tilleuls République"), "{n} rue des {s}", ("SAS", "SARL"), 6),
    Place("Spain", "EMEA", 1, (
        ("Madrid", "", "280##", "+34912######"), ("Barcelona", "", "080##", "+34932######"), ("Valencia", "", "460##", "+34962######"),
    ), "+34612######", (("es", 94), ("en", 3), ("it", 3)), _words("Mayor Olivo Rosal Puente Fuente"), "Calle {s} {n}",
        ("S.L.", "S.A."), 4),
    Place("Italy", "EMEA", 1, (
        ("Milano", "MI", "201##", "+3902########"), ("Torino", "TO", "101##", "+39011#######"),
    ), "+393331######", (("it", 95), ("en", 5)), _words("Garibaldi Verdi Ponte Stazione Giardini Olmi Mulino Fontanelle Colombaia"), "Via {s} {n}", ("S.r.l.", "S.p.A."), 3),
    Place("Poland", "EMEA", 1, (
        ("Warszawa", "", "00-###", "+4822#######"), ("Kraków", "", "31-###", "+4812#######"),
    ), "+48512######", (("pl", 95), ("en", 5)), _words("Lipowa Długa Ogrodowa Polna Szkolna Leśna Kwiatowa Młyńska Nadrzeczna"), "ul. {s} {n}", ("Sp. z o.o.", "S.A."), 2),
    Place("Netherlands", "EMEA", 1, (
        ("Amsterdam", "", "1012 AB", "+3120#######"), ("Utrecht", "", "3511 CD", "+3130#######"),
    ), "+31612######", (("nl", 88), ("en", 6), ("de", 6)), _words("Kerk Molen Dorps School Wilgen"), "{s}straat {n}", ("B.V.",), 3),
    Place("Sweden", "EMEA", 1, (
        ("Stockholm", "", "111 ##", "+468#######"), ("Göteborg", "", "411 ##", "+4631#######"),
    ), "+467012#####", (("sv", 92), ("en", 8)), _words("Kungs Björk Sjö Skol Torg Ängs Hamn Lind Kyrko"), "{s}gatan {n}", ("AB",), 2),
    Place("Greece", "EMEA", 2, (("Athens", "", "105 ##", "+302101######"),),
        "+306912######", (("gr", 96), ("en", 4)), _words("Ermou Athinas Solonos Elaion Thalassis Anemou Lemonion Pefkon"), "{s} {n}", ("A.E.",), 1),
    Place("Brazil", "AMER", -3, (("São Paulo", "SP", "01310-###", "+551131######"),),
        "+5511912######", (("pt", 94), ("it", 6)), _words("Flores Palmeiras Acácias Laranjeiras Ipês Andorinhas Pedras"), "Rua das {s}, {n}", ("Ltda.", "S.A."), 2),
    Place("India", "APAC", 5, (
        ("Mumbai", "MH", "4000##", "+91222#######"), ("Bengaluru", "KA", "5600##", "+9180########"),
    ), "+919812######", (("in", 98), ("en", 2)), _words("Lotus Temple Garden Palm Banyan Station Hill Lake Market Cinnamon"), "{n} {s} Road", ("Pvt. Ltd.",), 2),
    Place("Japan", "APAC", 9, (("Tokyo", "", "100-00##", "+813523#####"),),
        "+819012######", (("jp", 97), ("en", 3)), _words("Sakura Kita Minami Kawabata Matsu Hoshi Tsuki Yamate Midori"), "{n} {s}-dori", ("K.K.",), 1),
    Place("China", "APAC", 8, (("Shanghai", "", "2000##", "+86215#######"),),
        "+8613912######", (("cn", 97), ("en", 3)), _words("Heping Jianguo Renmin Xinhua Guangming Changjiang Huayuan Dongfeng"), "{n} {s} Road", ("Co., Ltd.",), 1),
    Place("South Korea", "APAC", 9, (("Seoul", "", "045##", "+822312####"),),
        "+821012######", (("kr", 97), ("en", 3)), _words("Hangang Namsan Sejong Bukchon Jangmi Sanho Dalbit Nuri Garam"), "{n} {s}-ro", ("Co., Ltd.",), 1),
    Place("Australia", "APAC", 10, (("Sydney", "NSW", "20##", "+612555#####"), ("Melbourne", "VIC", "30##", "+613555#####")),
        "+61491570###", (("en", 90), ("cn", 5), ("in", 5)), _EN_STREETS, "{n} {s} Parade", ("Pty Ltd",), 2),
    Place("Kazakhstan", "EMEA", 5, (("Almaty", "", "0500##", "+7727#######"),), "+7701#######",
        (("ru", 97), ("en", 3)), _words("Lesnaya Sadovaya Tsentralnaya Polevaya Zarechnaya Shkolnaya Ozernaya Gornaya"), "{s} ul. {n}", ("LLP",), 1),
)  # fmt: skip

STEMS_A = _words(
    "Nor Vel Cas Bram Tor Lum Quar Fen Ald Mer Sol Kes Dra Wim Har Bel Cor Tam Ost Pol Ren Sil Tev Ulm Var Wen Yar Zel Ark "
    "Bor Cind Dol Esk Far Gal Hol Ivo Jun Kal Lor Mon Nev Ober Pel Quil Ros Sten Tal Umb Vas Wald Xan Yel Zor Ambl Brix Crel"
)
STEMS_B = _words(
    "vane tor dell wick ridge more stead ford mar lan wyn dale cott brook thorpe by gate haven holm lea mere ton via nix "
    "ora ium ex ent ara ison ander elle ovia etra"
)
TRADES: tuple[tuple[str, str], ...] = (
    ("Software", "Technology"), ("Systems", "Technology"), ("Robotics", "Technology"), ("Bank", "Banking"),
    ("Capital", "Banking"), ("Clinics", "Healthcare"), ("Medical", "Healthcare"), ("Works", "Manufacturing"),
    ("Tooling", "Manufacturing"), ("Motors", "Manufacturing"), ("Stores", "Retail"), ("Outfitters", "Retail"),
    ("Academy", "Education"), ("Learning", "Education"), ("Advisory", "Consulting"), ("Partners", "Consulting"),
    ("Assurance", "Insurance"), ("Mutual", "Insurance"), ("Telecom", "Telecommunications"),
    ("Networks", "Telecommunications"), ("Builders", "Construction"), ("Structures", "Construction"),
    ("Energy", "Energy"), ("Solar", "Energy"), ("Media", "Media"), ("Studios", "Media"),
)  # fmt: skip
"""The trade in a company's name and the Salesforce industry label it stands for."""

HUBSPOT_INDUSTRY = {
    "Technology": "COMPUTER_SOFTWARE", "Banking": "BANKING", "Healthcare": "HOSPITAL_HEALTH_CARE",
    "Manufacturing": "MACHINERY", "Retail": "RETAIL", "Education": "EDUCATION_MANAGEMENT",
    "Consulting": "MANAGEMENT_CONSULTING", "Insurance": "INSURANCE", "Telecommunications": "TELECOMMUNICATIONS",
    "Construction": "CONSTRUCTION", "Energy": "OIL_ENERGY", "Media": "MEDIA_PRODUCTION",
}  # fmt: skip

SOURCES = {
    "organic_search": ("Organic Search", "ORGANIC_SEARCH"), "paid_search": ("Paid Search", "PAID_SEARCH"),
    "email": ("Email Marketing", "EMAIL_MARKETING"), "social": ("Social Media", "SOCIAL_MEDIA"),
    "referral": ("Partner Referral", "REFERRALS"), "direct": ("Web", "DIRECT_TRAFFIC"),
    "offline": ("Phone Inquiry", "OFFLINE"), "event": ("Trade Show", "OTHER_CAMPAIGNS"),
}  # fmt: skip
"""Where a person came from: (Salesforce LeadSource, HubSpot hs_analytics_source)."""

REASONS = ("No Budget", "No Fit", "Bad Timing", "Competitor", "No Response")

FREE_MAIL = ("freemail.example", "inboxly.example", "postkasten.example", "mailpost.test", "correo-libre.example")
ROLE_BOXES = ("info", "office", "sales", "contact", "hello")

TITLES = (
    "Head of Operations", "Marketing Manager", "VP Sales", "Chief Financial Officer", "IT Director", "Procurement Lead",
    "Managing Director", "Product Manager", "Plant Manager", "Head of Digital", "Sales Operations Analyst", "Office Manager",
    "Chief Technology Officer", "HR Business Partner", "Logistics Coordinator", "Data Engineer", "Customer Success Manager",
    "Founder", "Regional Director", "Finance Controller", "Compliance Officer", "Head of Purchasing",
)  # fmt: skip
PRODUCTS = ("Platform", "Rollout", "Renewal", "Pilot", "Expansion", "Migration", "Integration", "Support Plan")
CALL_SUBJECTS = ("Intro call", "Discovery call", "Follow-up call", "Pricing call", "Check-in call")
EMAIL_SUBJECTS = (
    "Following up",
    "Your question about pricing",
    "Next steps",
    "Case study for your team",
    "Proposal attached",
)
MEETING_SUBJECTS = ("Demo", "Kick-off", "Workshop", "Quarterly review", "Technical deep dive")
NOTES = (
    "Prefers to be called in the morning.", "Budget is decided in the autumn.", "Works with a partner of ours already.",
    "Asked for references from the same trade.", "Moved our talk to next month.",
)  # fmt: skip
CAMPAIGNS = ("Spring Webinar", "Trade Fair", "Newsletter", "Partner Day", "Product Launch", "Customer Stories")
ROLES = ("Decision Maker", "Economic Buyer", "Technical Buyer", "Influencer", "Business User", "Evaluator")
