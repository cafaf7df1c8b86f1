"""Settings, from the environment only. Every TQ_… name read here is documented in docs/settings.md."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

SOURCE_ROOT = Path(__file__).resolve().parents[1]
PROJECT_ROOT = SOURCE_ROOT.parents[1]


def _env(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def _flag(name: str, default: bool = False) -> bool:
    return _env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


DATA_DIR = Path(_env("TQ_DATA_DIR", str(PROJECT_ROOT / "var"))).resolve()


def _secret(name: str, file: str) -> str:
    """A secret from the environment, else one made once and kept in the data folder (mode 0600).

    Written whole beside its place, then linked in: of processes that start together one wins, none reads half of it.
    """
    if value := _env(name):
        return value
    path = DATA_DIR / "keys" / file
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{file}-")  # mode 0600
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(48))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        Path(fresh).unlink()
    if not (value := path.read_text().strip()):
        raise RuntimeError(f"{path} is empty: restore it from a backup")
    return value


def _postgresql_options(said: dict[str, str]) -> dict[str, object]:
    """As the address says. A statement asked for the third time is prepared on its connection, so that the server
    reads and plans it once; `prepare_threshold=0` in the address for a pooler that cannot keep prepared statements."""
    times = int(said.pop("prepare_threshold", "3"))
    return {**said, "server_side_binding": True, "prepare_threshold": times} if times else dict(said)


def _database(url: str) -> dict[str, object]:
    if not url:
        return {
            "ENGINE": "tongqu.assembly.sqlite",  # Django's, with writers taking turns
            "NAME": str(DATA_DIR / "tongqu.sqlite3"),
            "BACKGROUND": _flag("TQ_IN_BACKGROUND"),  # a worker lets others write first
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # a connection each thread, so a worker's ten keep less of the file each than the web's four
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                f"PRAGMA cache_size={-8000 if _flag('TQ_IN_BACKGROUND') else -32000};"
                # a writer carries the log over into the database every 32 MB, not every 4: a whole case is 4 MB of log
                "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=8000;",
            },
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": ":memory:"},  # said outright: test tools assume it for Django's own backend only
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "tongqu.assembly.postgresql",  # Django's, asked less often whether it is there
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": _postgresql_options(dict(parse_qsl(parts.query))),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


# --- what this node is -------------------------------------------------------------------------------------------
TQ_TENANT_ID = _env("TQ_TENANT_ID", "01900000-0000-7000-8000-000000000001")
TQ_DEMO = _flag("TQ_DEMO")
TQ_STAFF_SECOND_FACTOR = _flag("TQ_STAFF_SECOND_FACTOR", not TQ_DEMO)
TQ_CITY = _env("TQ_CITY", "明川市" if TQ_DEMO else "")
TQ_CITY_EN = _env("TQ_CITY_EN", "Mingchuan" if TQ_DEMO else TQ_CITY)
TQ_PUBLIC_URL = _env("TQ_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
TQ_STAFF_URL = _env("TQ_STAFF_URL", TQ_PUBLIC_URL).rstrip("/")
TQ_CLOCK_FILE = DATA_DIR / "demo-clock" if TQ_DEMO else None
TQ_MASTER_KEY = _secret("TQ_MASTER_KEY", "master")
TQ_PACKAGES_DIR = Path(_env("TQ_PACKAGES_DIR", str(PROJECT_ROOT / "packages")))
TQ_BLOB_DIR = DATA_DIR / "blobs"
TQ_MAIL_DIR = DATA_DIR / "mail"
TQ_UPLOAD_LIMIT = int(_env("TQ_UPLOAD_LIMIT", str(20 * 1024 * 1024)))
TQ_REQUEST_LIMIT = int(_env("TQ_REQUEST_LIMIT", str(5 * TQ_UPLOAD_LIMIT)))
TQ_LEDGER_ORIGIN = _env("TQ_LEDGER_ORIGIN")

# --- which network this process serves: everything about signing in is its own (docs/settings.md) ------------------
TQ_FACE = _env("TQ_FACE", "all")
if TQ_FACE not in {"all", "public", "staff"}:
    raise RuntimeError(f"TQ_FACE must be all, public or staff, not {TQ_FACE!r}")
_OWN_URL = TQ_STAFF_URL if TQ_FACE == "staff" else TQ_PUBLIC_URL
_HTTPS = _OWN_URL.startswith("https://")


def _own_hosts() -> str:
    """One process for all is met under any name of this machine; one that serves a network under its own name only."""
    if TQ_FACE == "all":
        return "127.0.0.1,localhost,[::1]"
    host = urlsplit(_OWN_URL).hostname or ""
    return f"[{host}]" if ":" in host else host


def _own_secret() -> str:
    """Apart even where both processes are given the same: nothing signed on one network is believed on the other."""
    if TQ_FACE == "all":
        return _secret("TQ_SECRET_KEY", "web")
    return hashlib.sha256(f"{TQ_FACE}\n{_secret('TQ_SECRET_KEY', f'web-{TQ_FACE}')}".encode()).hexdigest()


def _own_cookie(name: str, plain: str) -> str:
    """`__Host-`: a browser takes it over HTTPS only, for this very host and no other of the domain."""
    if TQ_FACE == "all":
        return plain
    return f"{'__Host-' if _HTTPS else ''}tq_{TQ_FACE}_{name}"


SECRET_KEY = _own_secret()
DEBUG = _flag("TQ_DEBUG")
ALLOWED_HOSTS = [h for h in _env("TQ_HOSTS", _own_hosts()).split(",") if h]
CSRF_TRUSTED_ORIGINS = sorted({TQ_PUBLIC_URL, TQ_STAFF_URL}) if TQ_FACE == "all" else [_OWN_URL]
SESSION_COOKIE_NAME = _own_cookie("session", "sessionid")
CSRF_COOKIE_NAME = _own_cookie("csrf", "csrftoken")

DATABASES = {"default": _database(_env("TQ_DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

KERNEL_ROOMS = [
    "jobs", "acts", "ui", "law", "directory", "identity", "ledger",
    "notices", "search", "standards", "packages", "records", "cases",
]  # fmt: skip

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    *[f"tongqu.kernel.{room}" for room in KERNEL_ROOMS],
    "allauth",  # after our rooms: identity's templates go before its own
    "allauth.account",
    "allauth.mfa",
    "tongqu.domains.services",
    "tongqu.faces.portal",
    "tongqu.faces.workbench",
    "tongqu.faces.cli",
]

MIDDLEWARE = [
    "tongqu.kernel.ui.middleware.OwnHost",
    "django.middleware.security.SecurityMiddleware",
    "tongqu.kernel.ui.middleware.ContentSecurityPolicy",
    "tongqu.kernel.ui.static_files.StaticFiles",
    "tongqu.kernel.ui.middleware.KeptByNobody",
    "tongqu.faces.workbench.middleware.ForgetOnSignOut",
    "tongqu.kernel.ui.middleware.NoNul",
    "tongqu.kernel.ui.middleware.SizeLimit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tongqu.kernel.ui.middleware.Preferences",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tongqu.kernel.identity.middleware.ActorMiddleware",
    "tongqu.kernel.ui.middleware.Errors",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "tongqu.assembly.urls"
WSGI_APPLICATION = "tongqu.assembly.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tongqu.kernel.ui.context.site",
            ],
        },
    }
]

# --- people --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend"
    if TQ_FACE == "all"
    else "tongqu.kernel.identity.backend.AccountBackend"  # knows the accounts of this network only
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
TQ_STAFF_HOME = _env("TQ_STAFF_HOME", "/desk")
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # login names are unique within the tenant, and only its accounts are looked up
ACCOUNT_ADAPTER = "tongqu.kernel.identity.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_RATE_LIMITS = {"login": _env("TQ_LOGIN_RATE", "120/m/ip" if TQ_DEMO else "30/m/ip")}
ACCOUNT_FORMS = {
    "login": "tongqu.kernel.identity.pages.forms.LoginForm",
    "signup": "tongqu.kernel.identity.pages.forms.SignupForm",
    "verify_phone": "tongqu.kernel.identity.pages.forms.VerifyPhoneForm",
    "change_phone": "tongqu.kernel.identity.pages.forms.ChangePhoneForm",
    "change_password": "tongqu.kernel.identity.pages.forms.ChangePasswordForm",
    "reauthenticate": "tongqu.kernel.identity.pages.forms.ReauthenticateForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(_env("TQ_TRUSTED_PROXIES", "0"))
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MFA_ADAPTER = "tongqu.kernel.identity.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # the device asks who holds it: that makes a passkey two factors
# Browsers let pages without https use passkeys on localhost alone; the name in the passkey is checked in any case.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not TQ_PUBLIC_URL.startswith("https://")
MFA_TOTP_ISSUER = "通衢"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "tongqu.kernel.identity.pages.forms.AuthenticateForm",
    "reauthenticate": "tongqu.kernel.identity.pages.forms.ReauthenticateCodeForm",
    "add_webauthn": "tongqu.kernel.identity.pages.passkeys.AddPasskeyForm",
    "edit_webauthn": "tongqu.kernel.identity.pages.passkeys.EditPasskeyForm",
    "authenticate_webauthn": "tongqu.kernel.identity.pages.passkeys.UsePasskeyForm",
    "reauthenticate_webauthn": "tongqu.kernel.identity.pages.passkeys.ConfirmPasskeyForm",
    "login_webauthn": "tongqu.kernel.identity.pages.passkeys.LoginPasskeyForm",
    "activate_totp": "tongqu.kernel.identity.pages.forms.ActivateTOTPForm",
}
SESSION_ENGINE = "tongqu.kernel.identity.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "tongqu.kernel.ui.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- words and time --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [SOURCE_ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files and limits ------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _env("TQ_STATICFILES", "whitenoise.storage.CompressedManifestStaticFilesStorage")},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Counts of tries lie here (logins, verification): in a table that all processes of a face share, or in each one's
# memory. The memory's default of 300 entries would let a flood push them out.
_CACHES: dict[str, dict[str, object]] = {
    "table": {"BACKEND": "tongqu.kernel.acts.shared_cache.TableCache"},
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}},
}
CACHES = {"default": _CACHES[_env("TQ_CACHE", "table")] | {"KEY_PREFIX": TQ_FACE}}

# --- work behind the scenes ------------------------------------------------------------------------------------------
TASKS = {"default": {"BACKEND": "tongqu.kernel.jobs.backend.TableBackend"}}
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(TQ_MAIL_DIR)
EMAIL_TIMEOUT = 20  # seconds; for ever otherwise, and all other messages wait for the same few threads
DEFAULT_FROM_EMAIL = "noreply@tongqu.invalid"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "logging.Formatter" if DEBUG else "tongqu.kernel.ui.logs.WithoutValues",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "filters": {"routes": {"()": "tongqu.kernel.ui.logs.RoutesOnly"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["routes"]}},
    "root": {"handlers": ["stderr"], "level": _env("TQ_LOG_LEVEL", "INFO")},
    # Django's own handlers of this logger would write the addresses again, or mail them
    "loggers": {"django": {"handlers": [], "propagate": True}},
}

# --- limits of the platform (not of law) -----------------------------------------------------------------------------
TQ_OIDC_FILE = _env("TQ_OIDC_FILE")  # which logins elsewhere this node trusts
TQ_HELPER_DAYS = int(_env("TQ_HELPER_DAYS", "366"))
TQ_MAX_DRAFTS = int(_env("TQ_MAX_DRAFTS", "20"))
TQ_MAX_DROPPED = int(_env("TQ_MAX_DROPPED", "60"))
TQ_DRAFT_LIMIT = int(_env("TQ_DRAFT_LIMIT", str(20 * TQ_UPLOAD_LIMIT)))
TQ_MAX_COUNTER_DRAFTS = int(_env("TQ_MAX_COUNTER_DRAFTS", "60"))
TQ_ARCHIVE_AFTER_DAYS = int(_env("TQ_ARCHIVE_AFTER_DAYS", "30"))
TQ_COPY_DAYS = int(_env("TQ_COPY_DAYS", "7"))
TQ_NUMBERS_FILE = _env("TQ_NUMBERS_FILE")  # patterns of case numbers; else cases/data/numbers.yaml
TQ_BRIDGE_URL = _env("TQ_BRIDGE_URL", "http://127.0.0.1:17655")  # the devices' bridge on each clerk's own PC
TQ_BRIDGE_READERS = _env("TQ_BRIDGE_READERS")  # file of the readers' public keys
TQ_OFFICE_HOURS = _env("TQ_OFFICE_HOURS", "09:00-12:00,13:30-17:30")  # of working days, for periods of working hours
TQ_REGION = _env("TQ_REGION", "990102000000")  # where this node's counters are: the demonstration's 清溪区
