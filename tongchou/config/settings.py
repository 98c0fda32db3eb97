"""Django settings of every installation; what differs is read from the environment (`environment.VARIABLES`)."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from . import environment

PROJECT = Path(__file__).resolve().parent.parent.parent
TONGCHOU_DATA = environment.data_root()
TONGCHOU_SHARED_DATA = environment.shared_data(PROJECT)
TONGCHOU_DOCUMENT_MB = environment.number("TONGCHOU_DOCUMENT_MB", 20, 1, 1024)
TONGCHOU_MEMORY_MB = environment.number("TONGCHOU_MEMORY_MB", 2048, 256, 1_000_000)
TONGCHOU_ENGINE_PART_BYTES = environment.number("TONGCHOU_ENGINE_PART_BYTES", 64 << 20, 1 << 16, 1 << 32)
TONGCHOU_THREADS = environment.number("TONGCHOU_THREADS", os.cpu_count() or 2, 1, 512)
TONGCHOU_NICE = environment.number("TONGCHOU_NICE", 10, 0, 19)
TONGCHOU_LEDGER_SIGNATURE = environment.ledger_signature()
TONGCHOU_LEDGER_WITNESSES = environment.number("TONGCHOU_LEDGER_WITNESSES", 0, 0, 64)
TONGCHOU_LEDGER_WITNESS_HOURS = environment.number("TONGCHOU_LEDGER_WITNESS_HOURS", 24, 1, 8760)
#: The longest a grant may be given for (days); provisional, no rule that sets it was at hand.
TONGCHOU_GRANT_DAYS = environment.number("TONGCHOU_GRANT_DAYS", 1096, 1, 36_500)
PORT = environment.number("PORT", 8000, 1, 65535)

SECRET_KEY = environment.secret(TONGCHOU_DATA, "django.secret")
#: Keys the digests under which identity numbers, phones and names can be looked up but not read.
LOOKUP_KEY = environment.secret(TONGCHOU_DATA, "lookup.secret")
#: Seals exported files and the secrets of subscriptions; keys the marks in what is exported.
EXPORT_KEY = environment.secret(TONGCHOU_DATA, "exports.secret")
WATERMARK_KEY = environment.secret(TONGCHOU_DATA, "watermark.secret")
#: Days an exported file is kept for its recipient.
EXPORT_DAYS = environment.number("TONGCHOU_EXPORT_DAYS", 7, 1, 365)
#: Hosts (name or name:port) to which changes may be sent whatever network they are in, also without https.
WEBHOOK_HOSTS = frozenset(environment.names("TONGCHOU_WEBHOOK_HOSTS", ""))
DEBUG = False
ALLOWED_HOSTS = environment.names("TONGCHOU_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = environment.names("TONGCHOU_ORIGINS", "")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "tongchou.web",
    "tongchou.ledger",
    "tongchou.accounts",
    "tongchou.flow",
    "tongchou.catalogue",
    "tongchou.pool",
    "tongchou.gather",
    "tongchou.exchange",
    "tongchou.config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tongchou.web.middleware.ContentSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tongchou.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tongchou.accounts.middleware.ActorMiddleware",
    "tongchou.web.middleware.HouseErrorMiddleware",
    "tongchou.exchange.unavailable.UnavailableMiddleware",
]

ROOT_URLCONF = "tongchou.config.urls"
WSGI_APPLICATION = "tongchou.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "tongchou.web.context.layout",
            ],
        },
    }
]

DATABASES = {"default": environment.database(TONGCHOU_DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["tongchou.accounts.backend.HouseBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "name", "name_en"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "accounts:desk"

SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_NAME = "tongchou_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "tongchou_csrf"
CSRF_COOKIE_HTTPONLY = False
CSRF_COOKIE_SAMESITE = "Lax"
SECURE = environment.flag("TONGCHOU_SECURE")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
#: Of a first visit: one of them, or "auto", which leaves it to the browser.
TONGCHOU_LANGUAGE = os.environ.get("TONGCHOU_LANGUAGE") or "zh-hans"
if TONGCHOU_LANGUAGE not in (*dict(LANGUAGES), "auto"):
    raise ImproperlyConfigured(f"TONGCHOU_LANGUAGE={TONGCHOU_LANGUAGE!r} is not one of zh-hans, en, auto.")
LANGUAGE_CODE = "zh-hans" if TONGCHOU_LANGUAGE == "auto" else TONGCHOU_LANGUAGE
LANGUAGE_COOKIE_NAME = "tongchou_language"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["tongchou.web.formats"]

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"tongchou": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
