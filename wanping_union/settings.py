"""One settings module; what differs between machines comes from the environment."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Production is what you get without asking: a development machine says DEBUG=1 (.local/env).
DEVELOPMENT = env.bool("DEBUG", default=False)
# Django's own error pages show code and values, so they come only where they are asked for.
DEBUG = DEVELOPMENT and env.bool("DEBUG_PAGES", default=False)
REQUIRED = {
    "SECRET_KEY": "签名密钥",
    "FIELD_KEYS": "个人信息加密密钥，形如 1:<base64 的 32 字节>",
    "DATABASE_URL": "PostgreSQL 地址",
    "REDIS_URL": "Redis 地址",
    "ALLOWED_HOSTS": "网站域名，逗号分隔",
}
if DEVELOPMENT:
    del REQUIRED["ALLOWED_HOSTS"]
if missing := [name for name in REQUIRED if not env.str(name, default="")]:
    words = "；".join(f"{name}（{REQUIRED[name]}）" for name in missing)
    raise ImproperlyConfigured(
        f"缺少环境变量：{words}。第一次试用请运行 make demo；正式部署见 deploy/README.md。"
    )

SECRET_KEY = env.str("SECRET_KEY")
FIELD_KEYS = env.list("FIELD_KEYS")  # newest last: "<number>:<base64>"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORTAL_NAME = env.str("PORTAL_NAME", default="宛平工会服务平台")
PORTAL_URL = env.str("PORTAL_URL", default="http://127.0.0.1:8000").rstrip("/")  # links in files
DEMO = env.bool("DEMO", default=DEVELOPMENT)

INSTALLED_APPS = [
    "wanping_union.accounts",
    "wanping_union.audit",
    "wanping_union.reference",
    "wanping_union.jobs",
    "wanping_union.imports",
    "wanping_union.exports",
    "wanping_union.attachments",
    "wanping_union.reports",
    "wanping_union.rights",
    "wanping_union",
    "wanping_union.aid",
    "members",
    "relief",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "pgtrigger",
]
MIDDLEWARE = [
    # Headers first: whatever answers below, also an error, carries them.
    "wanping_union.edges.Headers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "wanping_union.imports.limits.BodyLimit",
    "wanping_union.edges.OddInput",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "wanping_union.accounts.sessions.SessionLimits",
    "wanping_union.web.LoginWall",
    "wanping_union.audit.context.Actor",
    "wanping_union.audit.denials.Denials",
]
ROOT_URLCONF = "wanping_union.urls"
WSGI_APPLICATION = "wanping_union.wsgi.application"
FORM_RENDERER = "wanping_union.forms.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wanping_union.portal.shell",
            ],
            "builtins": ["wanping_union.templatetags.portal"],
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 600,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        # Disks without arms: with the default of 4 lists were sorted instead of read in order.
        # What brings its values beside it (statements.py) and what triggers ask is planned once:
        # left the choice, PostgreSQL took as long to plan a search again as to answer it.
        # Parallel workers take longer to start than a page of a list to read.
        "options": "-c random_page_cost=1.1 -c plan_cache_mode=force_generic_plan"
        " -c parallel_setup_cost=10000",
    },
    "TEST": {"NAME": env.str("TEST_DATABASE", default="test_wanping")},
}
# The portal connects as a role that owns nothing; only `migrate --database owner` uses this one.
DATABASES["owner"] = DATABASES["default"] | (
    env.db("DATABASE_OWNER_URL") if env.str("DATABASE_OWNER_URL", default="") else {}
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
REDIS_PATIENCE = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}  # of a page, in seconds
CACHES = {
    "default": {
        "BACKEND": "wanping_union.patience.Cache",
        "LOCATION": REDIS_URL,
        "OPTIONS": REDIS_PATIENCE,
    }
}
# Sessions live in PostgreSQL alone: a page must not wait for Redis, nor a sign-out be lost with it.
SESSION_ENGINE = "wanping_union.accounts.store"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["wanping_union.accounts.backend.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "wanping_union.accounts.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
ACCOUNT_ADAPTER = "wanping_union.accounts.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/login/"
# The decisive limit is the lockout row in PostgreSQL; these only slow a flood. One office shares
# one address, so the limit by address is wide.
ACCOUNT_RATE_LIMITS = {"login": None, "change_password": None, "login_failed": "100/10m/ip"}
ACCOUNT_FORMS = {
    "login": "wanping_union.accounts.forms.SignIn",
    "change_password": "wanping_union.accounts.forms.ChangePassword",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)  # else all share one address
LOCKOUT_TRIES = 5
LOCKOUT_MINUTES = 15
FIRST_PASSWORD_HOURS = 72
CONFIRM_SECONDS = 10 * 60  # after that the password is asked again before the second factor changes
LONGEST_LEAVE_DAYS = 180  # that one substitute may be appointed for
SLIPS_AT_ONCE = 40  # an eighth of a second each for the hash
UNUSED_DAYS = 90  # after that an account is listed to be shut
# Sessions at a time above the grassroots union and in it; 0 for no limit.
SESSIONS_HIGHER = env.int("SESSIONS_HIGHER", default=0 if DEVELOPMENT else 1)
SESSIONS_OTHERS = env.int("SESSIONS_OTHERS", default=0 if DEVELOPMENT else 2)
SECOND_FACTOR_DEMANDED = env.bool("SECOND_FACTOR_DEMANDED", default=not DEVELOPMENT)
MFA_ADAPTER = "wanping_union.accounts.adapter.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off; ASVS 6.5.5 would have none
MFA_RECOVERY_CODE_DIGITS = 16
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEVELOPMENT  # http://localhost

# What a message says may name a person: it waits in the session, not in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_IDLE_SECONDS = 30 * 60
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "wanping_union.web.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEVELOPMENT:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SILENCED_SYSTEM_CHECKS = ["security.W021"]  # the browsers' preload list is the owner's choice

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".local" / "static"
# Outside every public folder; sealed files under random names. S3 by ATTACHMENTS_STORAGE, JSON
# such as {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"bucket_name": "…"}}.
ATTACHMENTS_ROOT = env.str("ATTACHMENTS_ROOT", default=str(BASE_DIR / ".local" / "attachments"))
STORAGES = {
    "attachments": env.json("ATTACHMENTS_STORAGE", default=None)
    or {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": ATTACHMENTS_ROOT,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEVELOPMENT
WHITENOISE_AUTOREFRESH = DEVELOPMENT
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a page that mends hundreds of imported rows at once
FILE_UPLOAD_HANDLERS = ["wanping_union.uploads.InMemory"]  # no clear copy on disk
RETENTION_ASK_AGAIN_DAYS = 365  # a line kept with a reason is asked about again after that
IMPORT_MAX_BYTES = 20 * 1024 * 1024
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)

CELERY_BROKER_URL = REDIS_URL
# One try: a ring that fails is repeated by the sweeper, not by the page.
CELERY_BROKER_TRANSPORT_OPTIONS = {**REDIS_PATIENCE, "max_retries": 0, "visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True  # the job row is the truth
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000  # KiB; a bigger one ends after its job
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
# What comes once a day is in portal.CHORES: a crontab forgets what it slept through.
CELERY_BEAT_SCHEDULE = {
    "beat": {"task": "wanping_union.tasks.beat", "schedule": 20},
    "seal": {"task": "wanping_union.tasks.seal", "schedule": 60},
    "sweep": {"task": "wanping_union.tasks.sweep", "schedule": 20},
}
# Where seals are anchored outside the database, better on another machine: deploy/README.md.
HOME = Path(env.str("WANPING_HOME", default=str(BASE_DIR / ".local")))
AUDIT_ANCHORS = env.str("AUDIT_ANCHORS", default=str(HOME / "anchors") if DEVELOPMENT else "")
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=60)
JOB_SECONDS = env.int("JOB_SECONDS", default=3600)  # the longest a job may take
JOB_MEMORY_MB = env.int("JOB_MEMORY_MB", default=1500)  # the most a job may take
JOBS_LONG_AT_ONCE = env.int("JOBS_LONG_AT_ONCE", default=1)  # less than there are worker processes
CELERY_TASK_SOFT_TIME_LIMIT = JOB_SECONDS
CELERY_TASK_TIME_LIMIT = JOB_SECONDS + 30

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "wanping_union.logs.Formatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
