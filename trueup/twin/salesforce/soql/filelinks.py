"""What a query of ContentDocumentLink must say: of which documents or of which places. [doc object-reference]"""

from __future__ import annotations

from . import ast
from .errors import malformed

_BY = frozenset({"id", "contentdocumentid", "linkedentityid"})
_WHY = (
    "Implementation restriction: ContentDocumentLink requires a filter by a single Id on ContentDocumentId or "
    "LinkedEntityId using the equals operator or multiple Id's using the IN operator."
)


def check(query: ast.Query) -> None:
    """Refuse a query of links that would look through all of them."""
    if query.source.lower() == "contentdocumentlink" and not _narrowed(query.where):
        raise malformed(_WHY, query.text, query.at)


def _narrowed(where: ast.Condition | None) -> bool:
    if isinstance(where, ast.Both):
        some = [_narrowed(part) for part in where.parts]
        return any(some) if where.every else all(some)
    if not isinstance(where, ast.Compare) or not isinstance(where.left, ast.Path):
        return False
    parts = where.left.parts
    return where.operator in {"=", "IN"} and parts[-1].lower() in _BY and len(parts) <= 2
