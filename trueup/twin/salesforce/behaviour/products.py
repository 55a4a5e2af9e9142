"""Products on deals: prices before use, one price per book and product, and deals whose amount is that of their lines.

[doc object-reference/pricebookentry, opportunitylineitem and its effects on opportunities]
"""

from __future__ import annotations

from typing import Any

from ..errors import ApiError
from ..metadata.model import SObject
from ..org import Actor, Org
from ..store import Row

_LIVE = '"IsDeleted" = 0'
_NO_ENTRY = (
    "field integrity exception: PricebookEntryId, unknown (versions 3.0 and higher must specify pricebook entry id; "
    "others must specify product id)"
)


def _integrity(text: str, *fields: str) -> ApiError:
    return ApiError("FIELD_INTEGRITY_EXCEPTION", f"field integrity exception: {text}", fields=list(fields))


def _one(org: Org, sobject: str, record_id: Any) -> Row | None:
    row = org.store.get(sobject, str(record_id)) if record_id else None
    return None if row is None or row.get("IsDeleted") else row


def _moves(old: Row | None, given: Row, name: str) -> bool:
    """Whether a write says something new of a field."""
    return given.get(name) is not None and (old is None or old.get(name) != given[name])


# -- prices


def standard_price(org: Org, product_id: Any) -> Row | None:
    """The entry of a product in the standard price book."""
    where = f'"Product2Id" = ? AND {_LIVE} AND "Pricebook2Id" IN (SELECT "Id" FROM "Pricebook2" WHERE "IsStandard" = 1)'
    return next(iter(org.store.find("PricebookEntry", where, (product_id,))), None)


def entry(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """Before an entry is saved: the standard price comes first, once for each book, and may be used by others."""
    product, book = _one(org, "Product2", new.get("Product2Id")), _one(org, "Pricebook2", new.get("Pricebook2Id"))
    if product is None or book is None:
        return
    new["Name"], new["ProductCode"] = product["Name"], product.get("ProductCode")
    if old is None:
        same = f'"Pricebook2Id" = ? AND "Product2Id" = ? AND {_LIVE}'
        if org.store.find("PricebookEntry", same, (book["Id"], product["Id"])):
            raise ApiError("DUPLICATE_VALUE", "This price definition already exists in this price book", fields=[])
    if book["IsStandard"]:
        return
    standard = standard_price(org, product["Id"])
    if standard is None:
        raise ApiError("STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product", fields=[])
    if new.get("UseStandardPrice"):
        if _moves(old, given, "UnitPrice") and given["UnitPrice"] != standard["UnitPrice"]:
            raise _integrity("UnitPrice (the standard price is used)", "UnitPrice")
        new["UnitPrice"] = standard["UnitPrice"]


def entry_saved(org: Org, old: Row | None, new: Row) -> None:
    """After the standard price moved: the entries that use it follow."""
    if old is None or old["UnitPrice"] == new["UnitPrice"]:
        return
    if (standard_price(org, new["Product2Id"]) or {}).get("Id") != new["Id"]:
        return
    where = f'"Product2Id" = ? AND "UseStandardPrice" = 1 AND "Id" <> ? AND {_LIVE}'
    _follow(org, "PricebookEntry", where, (new["Product2Id"], new["Id"]), {"UnitPrice": new["UnitPrice"]})


def product_saved(org: Org, old: Row | None, new: Row) -> None:
    """After a product got another name or code: its entries show it."""
    named = {"Name": new["Name"], "ProductCode": new.get("ProductCode")}
    if old is not None and any(old[n] != v for n, v in named.items()):
        _follow(org, "PricebookEntry", f'"Product2Id" = ? AND {_LIVE}', (new["Id"],), named)


def _follow(org: Org, sobject: str, where: str, args: tuple[Any, ...], changes: Row) -> None:
    for row in org.store.find(sobject, where, args):
        org.store.update(sobject, row, {**changes, "SystemModstamp": org.stamp()})


# -- lines


def _entry_for(org: Org, deal: Row, new: Row) -> Row | None:
    if new.get("PricebookEntryId"):
        return _one(org, "PricebookEntry", new["PricebookEntryId"])
    if not new.get("Product2Id") or not deal.get("Pricebook2Id"):
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", _NO_ENTRY, fields=["PricebookEntryId", "unknown"])
    where = f'"Pricebook2Id" = ? AND "Product2Id" = ? AND {_LIVE}'
    found = org.store.find("PricebookEntry", where, (deal["Pricebook2Id"], new["Product2Id"]))
    if not found:
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", _NO_ENTRY, fields=["PricebookEntryId", "unknown"])
    return found[0]


def line(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """Before a line is saved: its entry must fit the deal, and its total is its price times its quantity."""
    if old is None:
        deal = _one(org, "Opportunity", new.get("OpportunityId"))
        priced = None if deal is None else _entry_for(org, deal, new)
        if deal is None or priced is None:
            return
        book = _one(org, "Pricebook2", priced["Pricebook2Id"]) or {}
        if not priced["IsActive"] or not book.get("IsActive"):
            raise _integrity("PricebookEntryId (pricebook entry is inactive)", "PricebookEntryId")
        if deal.get("Pricebook2Id") not in {None, priced["Pricebook2Id"]}:
            text = "pricebook entry is in a different pricebook than the one assigned to the opportunity"
            raise _integrity(f"PricebookEntryId ({text})", "PricebookEntryId")
        new["PricebookEntryId"], new["Product2Id"] = priced["Id"], priced["Product2Id"]
        new["ProductCode"], new["ListPrice"] = priced["ProductCode"], priced["UnitPrice"]
        new["Name"] = f"{deal['Name']} {priced['Name']}"
    _price(old, new, given)


def _price(old: Row | None, new: Row, given: Row) -> None:
    quantity = new.get("Quantity")
    by_total, by_unit = _moves(old, given, "TotalPrice"), _moves(old, given, "UnitPrice")
    if by_total and by_unit:
        raise _integrity("unknown (cannot specify both unit price and total price)", "unknown")
    if not by_total and new.get("UnitPrice") is None:
        missing = "Required fields are missing: [UnitPrice]"
        raise ApiError("REQUIRED_FIELD_MISSING", missing, fields=["UnitPrice"])
    if quantity is None:
        return  # required, which the checks say
    if by_total:
        new["UnitPrice"] = round(new["TotalPrice"] / quantity, 2) if quantity else new.get("UnitPrice")
    else:
        new["TotalPrice"] = round(new["UnitPrice"] * quantity, 2)


def lines_moved(org: Org, actor: Actor, changed: Row) -> None:
    """After a line came, changed or went: its deal has the book, the amount and the quantity of its lines.

    A deal that lost its last line keeps the amount. [unverified]
    """
    from . import save

    deal = _one(org, "Opportunity", changed["OpportunityId"])
    if deal is None:
        return
    rows = org.store.find("OpportunityLineItem", f'"OpportunityId" = ? AND {_LIVE}', (deal["Id"],))
    new: Row = {"HasOpportunityLineItem": int(bool(rows))}
    if rows:
        new["Amount"] = round(sum(row["TotalPrice"] or 0 for row in rows), 2)
        new["TotalOpportunityQuantity"] = sum(row["Quantity"] or 0 for row in rows)
        priced = _one(org, "PricebookEntry", rows[0]["PricebookEntryId"])
        if deal.get("Pricebook2Id") is None and priced is not None:
            new["Pricebook2Id"] = priced["Pricebook2Id"]
    if any(deal.get(name) != value for name, value in new.items()):
        save.change(org, actor, org.schema.objects["Opportunity"], deal, new, checked=False)


def deal(old: Row | None, new: Row, given: Row) -> None:
    """Before a deal with lines is saved: its amount is theirs, whatever is written, and its book stays.

    Only `lines_moved` writes HasOpportunityLineItem, which no client can.
    """
    if old is None or not old.get("HasOpportunityLineItem") or "HasOpportunityLineItem" in given:
        return
    new["Amount"] = old["Amount"]
    if new.get("Pricebook2Id") != old.get("Pricebook2Id"):
        raise _integrity("Pricebook2Id (the price book of an opportunity with products cannot change)", "Pricebook2Id")


# -- deleting


def refuse_delete(org: Org, made: SObject, row: Row) -> None:
    """Refuse to delete the standard price book, and products and prices that deals have."""
    if made.name == "Pricebook2" and row["IsStandard"]:
        raise ApiError("DELETE_FAILED", "The standard price book cannot be deleted.", fields=[])
    link = {"Product2": "Product2Id", "PricebookEntry": "PricebookEntryId"}.get(made.name)
    if link is None:
        return
    deals = f'"Id" IN (SELECT "OpportunityId" FROM "OpportunityLineItem" WHERE "{link}" = ? AND {_LIVE}) AND {_LIVE}'
    names = ", ".join(str(row["Name"]) for row in org.store.find("Opportunity", deals, (row["Id"],)))
    if names:
        raise ApiError(
            "DELETE_FAILED",
            f"Your attempt to delete {row['Name']} could not be completed because it is associated with the following "
            f"opportunities.: {names}\n",
            fields=[],
        )
