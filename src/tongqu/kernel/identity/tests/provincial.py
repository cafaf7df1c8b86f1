"""A provincial login for tests: django-oauth-toolkit, an OpenID provider that others wrote, in a process of its own.

    python provincial.py FOLDER CLIENT_ID SECRET REDIRECT_URI…     prints its address, serves until it is ended

Everybody signs in on its own form with the password below; what it then says of a person stands in PEOPLE.
"""

from __future__ import annotations

import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PASSWORD = "provincial-2026"
PEOPLE: dict[str, dict[str, Any]] = {
    "chen": {"acr": "urn:loa:3", "full_name": "陈立秋", "certificate_type": "111",
             "certificate_no": "990102198802140018"},
    "twofold": {"acr": "urn:loa:4", "full_name": "阿依古丽·买买提", "certificate_type": "111",
                "certificate_no": "990102199001010015"},
    "weak": {"acr": "urn:loa:1"},
    "odd": {"acr": "urn:loa:9"},
    "silent": {},
    "broken": {"acr": "urn:loa:3", "full_name": "陈\u202e秋", "certificate_type": "111", "certificate_no": "12"},
}  # fmt: skip


def configure(folder: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        SECRET_KEY="a province's", SESSION_COOKIE_NAME="province", CSRF_COOKIE_NAME="province_csrf",
        ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], USE_TZ=True, LOGIN_URL="/login",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "province.sqlite3")}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", LOGGING_CONFIG=None,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                        "oauth2_provider"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                    "django.contrib.auth.middleware.AuthenticationMiddleware"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
            "loaders": None, "context_processors": ["django.template.context_processors.request"]}}],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True, "OIDC_RSA_PRIVATE_KEY": key.decode(), "SCOPES": {"openid": "OpenID"},
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator", "PKCE_REQUIRED": True,
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True, "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
        },
    )  # fmt: skip
    del settings.TEMPLATES[0]["OPTIONS"]["loaders"]


def __getattr__(name: str) -> Any:
    """What the configured project looks up here, made once Django is set up."""
    if name == "urlpatterns":
        from django.contrib.auth.views import LoginView
        from django.urls import include, path

        class SignIn(LoginView):
            def render_to_response(self, context: dict[str, Any], **more: Any) -> Any:
                from django.http import HttpResponse
                from django.middleware.csrf import get_token

                return HttpResponse(
                    f'<form method="post"><input name="token" value="{get_token(self.request)}"></form>'
                )

        return [path("login", SignIn.as_view()), path("o/", include("oauth2_provider.urls"))]
    if name == "validator":
        from oauth2_provider.oauth2_validators import OAuth2Validator

        class Claims(OAuth2Validator):  # type: ignore[misc]
            oidc_claim_scope = None

            def get_additional_claims(self, request: Any) -> dict[str, Any]:
                return PEOPLE[request.user.username]

        return Claims
    raise AttributeError(name)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def main(folder: str, client_id: str, secret: str, *redirect_uris: str) -> None:
    configure(Path(folder))
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name in PEOPLE:
        User.objects.create_user(name, password=PASSWORD)
    Application.objects.create(
        client_id=client_id, client_secret=secret, client_type="confidential", algorithm="RS256",
        authorization_grant_type="authorization-code", redirect_uris=" ".join(redirect_uris), skip_authorization=True,
        post_logout_redirect_uris=redirect_uris[0].partition("/account/")[0] + "/",
    )  # fmt: skip
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=Server, handler_class=Quiet)
    print(f"http://127.0.0.1:{server.server_port}/o", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.modules["provincial"] = sys.modules["__main__"]
    __name__ = "provincial"
    main(*sys.argv[1:])
