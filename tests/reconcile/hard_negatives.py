"""Pairs of records that look like one and are two: invented people and companies, seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator

Row = dict[str, str | None]
Pair = tuple[str, str]

_SYLLABLES = [
    "ba",
    "del",
    "fen",
    "gor",
    "hul",
    "kam",
    "lin",
    "mor",
    "nas",
    "pel",
    "ros",
    "sta",
    "tov",
    "ul",
    "ver",
    "zan",
]
_GIVEN = ["Anna", "Bruno", "Carla", "Dieter", "Elena", "Farid", "Greta", "Hugo", "Irene", "Jonas", "Katja", "Lars"]
_TITLES = ["Buyer", "Engineer", "Head of Sales", "Controller", "Marketing Manager"]
_CITIES = [("Gera", "DE"), ("Kent", "GB"), ("Fairview", "US"), ("Lyon", "FR")]


class Maker:
    """Makes hard negatives sort by sort; `people` and `companies` are the rows, `pairs` what must not be taken for one."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.people: dict[str, Row] = {}
        self.companies: dict[str, Row] = {}
        self.pairs: dict[str, list[Pair]] = {}

    def word(self) -> str:
        return "".join(self.rng.choice(_SYLLABLES) for _ in range(3)).title()

    def number(self) -> str:
        return f"+1 {self.rng.randrange(201, 989)} {self.rng.randrange(201, 989)} {self.rng.randrange(10000):04}"

    def employer(self) -> Row:
        """What all who work at one place have in common."""
        name, (city, country) = self.word(), self.rng.choice(_CITIES)
        return {"company_name": f"{name} Works", "website": f"https://{name.lower()}.example", "city": city,
                "country": country, "postcode": f"{self.rng.randrange(10000, 99999)}", "phone": self.number()}  # fmt: skip

    def person(self, row: Row) -> str:
        """Put in one record, a Contact, a Lead or a HubSpot contact; some fields are lost, but never the address.

        Without it nothing at all would tell some of the pairs apart.
        """
        object_ = self.rng.choice(["salesforce:Contact", "salesforce:Lead", "hubspot:contacts"])
        ref = f"{object_}/{len(self.people):06}"
        self.people[ref] = {
            key: value for key, value in row.items() if value and (key == "email" or self.rng.random() > 0.05)
        }
        self.people[ref]["last_name"] = row["last_name"]
        return ref

    def company(self, row: Row) -> str:
        system = self.rng.choice(["salesforce:Account", "hubspot:companies"])
        ref = f"{system}/{len(self.companies):06}"
        self.companies[ref] = row
        return ref

    def note(self, sort: str, one: str, other: str) -> None:
        self.pairs.setdefault(sort, []).append((min(one, other), max(one, other)))

    def namesakes(self) -> None:
        """Two of one name at one company, told apart by the number or the middle letter in their addresses."""
        work, given, family = self.employer(), self.rng.choice(_GIVEN), self.word()
        domain = str(work["website"]).removeprefix("https://")
        local = f"{given}.{family}".lower()
        second = self.rng.choice([f"{local}2", f"{given}.{self.rng.choice('bdk')}.{family}".lower()])
        refs = [
            self.person(work | {"first_name": given, "last_name": family, "email": f"{box}@{domain}",
                                "mobile": self.number(), "title": title})
            for box, title in zip((local, second), self.rng.sample(_TITLES, 2), strict=True)
        ]  # fmt: skip
        self.note("namesakes", *refs)

    def family(self) -> None:
        """A couple, or father and son, with one home number, street and sometimes mailbox."""
        family, (city, country) = self.word(), self.rng.choice(_CITIES)
        home: Row = {"phone": self.number(), "street": f"{self.rng.randrange(1, 99)} {self.word()} Street", "city": city,
                     "country": country, "postcode": f"{self.rng.randrange(10000, 99999)}"}  # fmt: skip
        box = f"{family.lower()}.home@gmail.com" if self.rng.random() < 0.5 else None
        if self.rng.random() < 0.4:
            given = self.rng.choice(_GIVEN)
            names = [(given, f"{family} Sr."), (given, f"{family} Jr.")]
        else:
            names = [(given, family) for given in self.rng.sample(_GIVEN, 2)]
        self.note("family", *(self.person(home | {"first_name": g, "last_name": f, "email": box}) for g, f in names))

    def abroad(self) -> None:
        """Namesakes in two countries, each with a free mailbox that follows from the name, at two providers."""
        given, family = self.rng.choice(_GIVEN), self.word()
        first, second = self.rng.sample(_CITIES, 2)
        refs = [
            self.person({"first_name": given, "last_name": family, "email": f"{given}.{family}@{provider}".lower(),
                         "city": city, "country": country, "title": self.rng.choice(_TITLES)})
            for provider, (city, country) in zip(("gmail.com", "yahoo.com"), (first, second), strict=True)
        ]  # fmt: skip
        self.note("namesakes abroad", *refs)

    def shared_mailbox(self) -> None:
        """Two at one company, both reached by its info@; of one perhaps only the last name is known."""
        work = self.employer()
        domain = str(work["website"]).removeprefix("https://")
        box = f"{self.rng.choice(['info', 'sales', 'office', 'support', 'accounts'])}@{domain}"
        first, second = self.rng.sample(_GIVEN, 2)
        given = second if self.rng.random() < 0.8 else None
        refs = [self.person(work | {"first_name": g, "last_name": self.word(), "email": box}) for g in (first, given)]
        self.note("shared mailbox", *refs)

    def reused_address(self) -> None:
        """`anna@` or `a.bell@` was one person's and is another's now, at the same company."""
        work = self.employer()
        domain = str(work["website"]).removeprefix("https://")
        if self.rng.random() < 0.5:
            given = self.rng.choice(_GIVEN)
            first, second = self.word(), self.word()
            while second == first:  # one name at one address would be one person
                second = self.word()
            names = [(given, first), (given, second)]
            box = f"{given.lower()}@{domain}"
        else:
            family = self.word()
            names = [("Anna", family), ("Albert", family)]
            box = f"a.{family.lower()}@{domain}"
        refs = [
            self.person(work | {"first_name": g, "last_name": f, "email": box, "mobile": self.number()})
            for g, f in names
        ]
        self.note("reused address", *refs)

    def parent(self) -> None:
        """A parent and its subsidiary or two parts of a group, under one domain."""
        name = f"{self.word()} {self.word()}"
        site = f"https://{name.split()[0].lower()}.example"
        first, second = self.rng.sample(_CITIES, 2)
        part = self.rng.choice(["Canada", "Deutschland", "Services", "Holding", "Logistics"])
        one = self.company({"name": name, "website": site, "city": first[0], "country": first[1]})
        row: Row = {"name": f"{name} {part}", "website": site, "city": second[0], "country": second[1]}
        if self.rng.random() < 0.5:
            row["parent_id"] = one.partition(":")[2]
        self.note("parent and subsidiary", one, self.company(row))

    def job_changer(self) -> None:
        """Somebody left and took the name along; the address went to a successor, who keeps the number of the desk."""
        old, new = self.employer(), self.employer()
        domain, elsewhere = (str(x["website"]).removeprefix("https://") for x in (old, new))
        family, mobile = self.word(), self.number()
        box = f"j{family.lower()}@{domain}"
        leaver = self.person(old | {"first_name": "Jonas", "last_name": family, "email": box, "mobile": mobile})
        moved = self.person(
            new | {"first_name": "Jonas", "last_name": family, "email": f"jonas@{elsewhere}", "mobile": mobile}
        )
        successor = self.person(
            old | {"first_name": "Julia", "last_name": family, "email": box, "mobile": self.number()}
        )
        self.note("job changer", leaver, successor)
        self.note("job changer", moved, successor)


def make(count: int, seed: int = 1) -> Maker:
    """About `count` hard negatives, as many of each sort."""
    maker = Maker(seed)

    def sorts() -> Iterator[None]:
        yield maker.namesakes()
        yield maker.family()
        yield maker.abroad()
        yield maker.shared_mailbox()
        yield maker.reused_address()
        yield maker.parent()
        yield maker.job_changer()

    while sum(map(len, maker.pairs.values())) < count:
        for _ in sorts():
            pass
    return maker
