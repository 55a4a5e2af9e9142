"""ORDER BY by the org's locale."""

from __future__ import annotations

import pytest
from salesforce_bench import SETTINGS, make_side, served

NAMES = {
    "en_US": ["Zebra", "alpha", "Ärger", "arg", "Åse", "öl", "OM"],
    "de_DE": ["Zebra", "alpha", "Ärger", "arg", "Åse", "öl", "OM"],
    "sv_SE": ["Zebra", "alpha", "Ärger", "arg", "Åse", "öl", "OM"],
    "da_DK": ["Zebra", "Ærø", "Åse", "Ørsted", "Aalborg"],
    "es_ES": ["nube", "ñu", "Nz", "o"],
    "fr_FR": ["coté", "cote", "Coteau", "3", "!x"],
}
SORTED = {
    "en_US": ["alpha", "arg", "OM", "Zebra", "Ärger", "Åse", "öl"],  # by the UTF-8 of the capitals
    "de_DE": ["alpha", "arg", "Ärger", "Åse", "öl", "OM", "Zebra"],
    "sv_SE": ["alpha", "arg", "OM", "Zebra", "Åse", "Ärger", "öl"],
    "da_DK": ["Aalborg", "Zebra", "Ærø", "Ørsted", "Åse"],
    "es_ES": ["nube", "Nz", "ñu", "o"],
    "fr_FR": ["!x", "3", "cote", "coté", "Coteau"],
}


@pytest.mark.parametrize("locale", sorted(NAMES))
def test_texts_are_sorted_by_the_locale_of_the_org(locale):
    with served(make_side({**SETTINGS, "locale": locale})) as bench:
        rows = [{"Id": f"001Hn00000{k:05d}AAA", "Name": name} for k, name in enumerate(NAMES[locale])]
        bench.side.load("Account", rows)
        found = bench.query("SELECT Name FROM Account ORDER BY Name")["records"]
        assert [r["Name"] for r in found] == SORTED[locale]
        grouped = bench.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name ORDER BY Name DESC")["records"]
        assert [r["Name"] for r in grouped] == SORTED[locale][::-1]
        org = bench.query("SELECT DefaultLocaleSidKey FROM Organization")["records"][0]
        assert org["DefaultLocaleSidKey"] == locale
