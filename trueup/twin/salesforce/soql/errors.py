"""Query errors with a picture: the piece of the query, a caret, row and column, then the text.

The layout is the recorded one: newline, the line, newline, blanks and `^`, newline, `ERROR at Row:1:Column:21`,
newline, the text. [rec cumulusci/TestCountSObjects.test_count_sobjects__errors.yaml]
"""

from __future__ import annotations

from ..errors import ApiError

_BEFORE, _AFTER = 50, 30


_REFER = "Please reference your WSDL or the describe call for the appropriate names."


def picture(text: str, at: int) -> str:
    """Draw where in the query something is wrong; `at` counts characters from 0."""
    line_start = text.rfind("\n", 0, at) + 1
    line_end = text.find("\n", at)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    column = at - line_start
    left = max(0, column - _BEFORE)
    piece = line[left : column + _AFTER]
    row = text.count("\n", 0, at) + 1
    return f"\n{piece}\n{' ' * (column - left)}^\nERROR at Row:{row}:Column:{column + 1}\n"


def at(code: str, message: str, text: str, position: int) -> ApiError:
    """Make a query error that shows its place."""
    return ApiError(code, picture(text, position) + message)


def malformed(message: str, text: str, position: int) -> ApiError:
    """The query does not follow the grammar."""
    return at("MALFORMED_QUERY", message, text, position)


def unexpected(word: str, text: str, position: int) -> ApiError:
    """A token that has no business where it stands."""
    return malformed(f"unexpected token: '{word}'", text, position)


def no_object(name: str, text: str, position: int) -> ApiError:
    """FROM names no object, or one that the user may not see."""
    return at(
        "INVALID_TYPE",
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the "
        f"'__c' after the entity name. {_REFER}",
        text,
        position,
    )


def no_column(name: str, sobject: str, text: str, position: int) -> ApiError:
    """A field that is not there, or that the user may not see."""
    return at(
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{sobject}'. If you are attempting to use a custom field, be sure to "
        f"append the '__c' after the custom field name. {_REFER}",
        text,
        position,
    )


def no_relationship(name: str, text: str, position: int) -> ApiError:
    """A path that leads nowhere."""
    return at(
        "INVALID_FIELD",
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, "
        f"be sure to append the '__r' after the custom relationship name. {_REFER}",
        text,
        position,
    )


def no_child(name: str, text: str, position: int) -> ApiError:
    """A subquery over a child relationship that is not there."""
    return at(
        "INVALID_TYPE",
        f"Didn't understand relationship '{name}' in FROM part of query call. If you are attempting to use a custom"
        f" relationship, be sure to append the '__r' after the custom relationship name. {_REFER}",
        text,
        position,
    )


def wrong_type(field: str, kind: str, quoted: bool, text: str, position: int) -> ApiError:
    """A literal of the wrong type for its field. [reference 6.3]"""
    tail = "should not be enclosed in quotes" if quoted else "should be enclosed in quotes"
    return at(
        "INVALID_FIELD",
        f"value of filter criterion for field '{field}' must be of type {kind} and {tail}",
        text,
        position,
    )
