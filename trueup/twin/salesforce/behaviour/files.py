"""Files: a document is made by its first version, has the facts of its latest, and is linked to what it hangs on.

[doc object-reference/contentversion, contentdocument, contentdocumentlink]
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import PurePosixPath
from typing import Any

from ..errors import ApiError
from ..org import Actor, Org
from ..store import Row

_KINDS = {
    "doc": "WORD", "docx": "WORD_X", "xls": "EXCEL", "xlsx": "EXCEL_X", "ppt": "POWER_POINT", "pptx": "POWER_POINT_X",
    "txt": "TEXT", "jpeg": "JPEG", "jpg": "JPG", "htm": "HTML",
}  # fmt: skip
_OWN_NAME = frozenset({"pdf", "png", "gif", "csv", "xml", "html", "zip", "json", "svg", "mp3", "mp4", "rtf", "snote"})
_SHOWN = ("Title", "Description", "ContentSize", "FileType", "FileExtension", "OwnerId", "ContentModifiedDate")


def version(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """Before a version is saved: what follows from its contents and its path; the first one begins a document."""
    if old is None:
        _describe_path(new)
        document_id = new.get("ContentDocumentId")
        before = _versions(org, document_id)
        new["IsLatest"], new["VersionNumber"] = 1, str(len(before) + 1)
        new["PublishStatus"] = "P" if new.get("FirstPublishLocationId") else "R"
        new["ContentModifiedById"] = new["OwnerId"]
        if document_id is None:
            new["ContentDocumentId"] = org.store.next_id(org.schema.objects["ContentDocument"])
    if old is None or "VersionData" in given:
        content = base64.b64decode(str(new.get("VersionData") or ""))
        new["ContentSize"] = len(content)
        new["Checksum"] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        new["ContentModifiedDate"] = given.get("ContentModifiedDate") or org.stamp()


def _describe_path(new: Row) -> None:
    if new.get("ContentUrl"):
        new["FileType"], new["ContentLocation"] = "LINK", "E"
        return
    missing = [name for name in ("PathOnClient", "VersionData") if new.get(name) is None]
    if missing:
        text = f"Required fields are missing: [{', '.join(missing)}]"
        raise ApiError("REQUIRED_FIELD_MISSING", text, fields=missing)
    path = PurePosixPath(str(new["PathOnClient"]).replace("\\", "/"))
    extension = path.suffix[1:]
    new["Title"] = new.get("Title") or path.stem
    new["FileExtension"] = extension or None
    low = extension.lower()
    new["FileType"] = _KINDS.get(low) or (low.upper() if low in _OWN_NAME else "UNKNOWN")


def _versions(org: Org, document_id: Any) -> list[Row]:
    if document_id is None:
        return []
    return org.store.find("ContentVersion", '"ContentDocumentId" = ? AND "IsDeleted" = 0', (document_id,))


def version_saved(org: Org, actor: Actor, new: Row) -> None:
    """After a version was saved: the document shows it, earlier ones are no longer the latest, links are made."""
    from . import save

    if not new["IsLatest"]:
        return
    made = org.schema.objects["ContentDocument"]
    document = org.store.get(made.name, str(new["ContentDocumentId"]))
    shown = {name: new.get(name) for name in _SHOWN} | {"LatestPublishedVersionId": new["Id"]}
    if document is not None:
        for row in _versions(org, new["ContentDocumentId"]):
            if row["IsLatest"] and row["Id"] != new["Id"]:
                org.store.update("ContentVersion", row, {"IsLatest": 0, "SystemModstamp": org.stamp()})
        if any(document[name] != value for name, value in shown.items()):
            save.change(org, actor, made, document, shown, checked=False)
        return
    stamp = org.stamp()
    audit = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), stamp)
    audit |= dict.fromkeys(("CreatedById", "LastModifiedById"), actor.user_id)
    kept = {name: new[name] for name in ("PublishStatus", "SharingOption", "SharingPrivacy")}
    org.store.insert(made, {"Id": new["ContentDocumentId"], "ParentId": None, **shown, **kept, **audit})
    link = org.schema.objects["ContentDocumentLink"]
    for place in dict.fromkeys((new["OwnerId"], new.get("FirstPublishLocationId"))):
        if place:
            values = {"LinkedEntityId": place, "ContentDocumentId": new["ContentDocumentId"], "ShareType": "I"}
            save.insert(org, actor, link, {**values, "Visibility": "AllUsers"})


def document_saved(org: Org, old: Row | None, new: Row) -> None:
    """After a document got another title, description or owner: its latest version has it too."""
    latest = org.store.get("ContentVersion", str(new.get("LatestPublishedVersionId")))
    if old is None or latest is None:
        return
    changes = {n: new[n] for n in ("Title", "Description", "OwnerId") if latest[n] != new[n] and old[n] != new[n]}
    if changes:
        org.store.update("ContentVersion", latest, {**changes, "SystemModstamp": org.stamp()})


def link(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """Before a link is saved: once for each place, to be looked at unless said otherwise."""
    del given
    if old is not None:
        return
    new["ShareType"] = new.get("ShareType") or "V"
    new["Visibility"] = new.get("Visibility") or "AllUsers"
    where = '"ContentDocumentId" = ? AND "LinkedEntityId" = ? AND "IsDeleted" = 0'
    if org.store.find("ContentDocumentLink", where, (new.get("ContentDocumentId"), new.get("LinkedEntityId"))):
        text = "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
        raise ApiError("DUPLICATE_VALUE", text, fields=[])


def notification(org: Org, old: Row | None, new: Row, given: Row) -> None:
    """Before a notification of Apex errors is saved: it goes to a user or to an address, not to both."""
    del org, old, given
    if bool(new.get("UserId")) == bool(new.get("Email")):
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", "specify either a user or an email address", fields=[])
