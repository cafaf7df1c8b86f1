"""What a visitor chose for reading: language and text size. Kept in two cookies, no account needed."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

SIZE_COOKIE = "tq_size"
LARGE = "large"
YEAR = 365 * 24 * 3600
_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}


@dataclass(frozen=True, slots=True)
class Preferences:
    """Set on each request as `request.ui`. `language` is a Django language code, `large` is 关怀模式."""

    language: str = "zh-hans"
    large: bool = False

    @property
    def tag(self) -> str:
        """The BCP 47 tag for `<html lang>`."""
        return _TAGS.get(self.language, self.language)


def from_cookies(request: HttpRequest) -> Preferences:
    """The visitor's choices; anything unknown in a cookie counts as not chosen."""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
    return Preferences(
        language=language if language in languages() else settings.LANGUAGE_CODE,
        large=request.COOKIES.get(SIZE_COOKIE) == LARGE,
    )


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
