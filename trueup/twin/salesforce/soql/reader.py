"""Steps over the tokens of a query."""

from __future__ import annotations

from ..errors import ApiError
from .errors import unexpected
from .lexer import Token, tokens


class Reader:
    """A place among the tokens, and the small steps from there."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.k = 0

    # -- small steps

    @property
    def now(self) -> Token:
        """The token here."""
        return self.tokens[self.k]

    def ahead(self, n: int = 1) -> Token:
        """A later token, without going there."""
        return self.tokens[min(self.k + n, len(self.tokens) - 1)]

    def step(self) -> Token:
        """Go on by one; returns the token left behind."""
        token = self.now
        if token.kind != "end":
            self.k += 1
        return token

    def fail(self, token: Token | None = None) -> ApiError:
        """The error that a token has no business here."""
        wrong = token or self.now
        return unexpected(wrong.text, self.text, wrong.at)

    def is_word(self, *words: str) -> bool:
        """Whether a word stands here, whatever its case."""
        return self.now.kind in {"word", "currency"} and self.now.upper in words

    def take_word(self, *words: str) -> bool:
        """Go past a word, if it stands here."""
        if self.is_word(*words):
            self.step()
            return True
        return False

    def need_word(self, word: str) -> None:
        """Go past a word, which must stand here."""
        if not self.take_word(word):
            raise self.fail()

    def is_mark(self, mark: str) -> bool:
        """Whether a mark stands here."""
        return self.now.kind == "mark" and self.now.text == mark

    def need_mark(self, mark: str) -> None:
        """Go past a mark, which must stand here."""
        if not self.is_mark(mark):
            raise self.fail()
        self.step()

    def expect_end(self) -> None:
        """Nothing may follow."""
        if self.now.kind != "end":
            raise self.fail()

    def name(self) -> Token:
        """Go past a name, which must stand here."""
        if self.now.kind not in {"word", "currency"}:
            raise self.fail()
        return self.step()
