"""What every page passes through: the content security policy, language and text size, and errors as pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


def ContentSecurityPolicy(get_response: GetResponse) -> GetResponse:
    return get_response


def Preferences(get_response: GetResponse) -> GetResponse:
    return get_response


def Errors(get_response: GetResponse) -> GetResponse:
    return get_response
