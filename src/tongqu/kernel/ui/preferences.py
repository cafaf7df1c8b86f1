"""What a visitor chose for reading: language and text size. Kept in two cookies, no account needed."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

SIZE_COOKIE = "tq_size"
LARGE = "large"
YEAR = 365 * 24 * 3600
_SHORT = {"zh-hans": "简", "zh-hant": "繁", "en": "EN"}  # so short that a phone has room
_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}


@dataclass(frozen=True, slots=True)
class Preferences:
    """Set on each request as `request.ui`. `language` is a Django language code, `large` is 关怀模式."""

    language: str = "zh-hans"
    large: bool = False

    @property
    def languages(self) -> list[dict[str, str]]:
        """Those to choose from, each by its own name: {code, tag, name, short}."""
        return [{"code": c, "tag": _TAGS.get(c, c), "name": n, "short": _SHORT[c]} for c, n in settings.LANGUAGES]

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
