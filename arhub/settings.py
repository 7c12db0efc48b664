"""Settings. Each may be set in the environment where its line says so; docs/operating.md lists them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from arhub.database import embedded
from arhub.database.url import parse_database_url
from arhub.environment import flag, mail_server, networks, number, secret, secret_keys, words
from arhub.navigation import UNFOLD  # noqa: F401
from arhub.paths import BASE_DIR, private_directory, var_directory

# --- Places -------------------------------------------------------------------------------------------------------

VAR_DIR = var_directory()  # ARHUB_VAR
PORT = number("PORT", 8000)

# --- Security -----------------------------------------------------------------------------------------------------

DEBUG = flag("DEBUG")
SECRET_KEY = secret("SECRET_KEY", VAR_DIR / "secret_key")
SECRET_KEYS = secret_keys("ARHUB_SECRET_KEYS", VAR_DIR / "secret_keys")  # encrypt what SecretField stores
EVIDENCE_KEY = secret_keys("ARHUB_EVIDENCE_KEY", VAR_DIR / "evidence_key")[0]  # signs evidence bundles
ALLOWED_NETWORKS = networks("ARHUB_ALLOWED_NETWORKS")  # private ones that the hub may call
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *words("ARHUB_HOSTS")]
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True

HTTPS = flag("ARHUB_HTTPS")  # a proxy in front speaks HTTPS and sets X-Forwarded-Proto and X-Forwarded-For
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600

# --- Applications -------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "arhub.apps.HubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_q",
    "axes",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "arhub",
    "ingestion",
    "connectors",
    "adaptors",
    "import_export",  # after ours: it has a command called export as well
]

MIDDLEWARE = [
    "arhub.requests.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "arhub.headers.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "arhub.tenancy.middleware.TenantMiddleware",
]

ROOT_URLCONF = "arhub.urls"
WSGI_APPLICATION = "arhub.wsgi.application"

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
            ],
        },
    },
]

# --- Signing in ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "arhub.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "arhub.requests.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"  # what Django's forms and signals call it; axes would take it for "email"
AXES_LOCKOUT_CALLABLE = "arhub.views.signin.locked_out"
CSRF_FAILURE_VIEW = "arhub.views.errors.csrf_failed"

# --- Database -----------------------------------------------------------------------------------------------------

DATABASE_URL = os.environ.get("DATABASE_URL", "")
EMBEDDED = not DATABASE_URL and not flag("ARHUB_NO_DATABASE")  # the latter for building images, collectstatic


def _database() -> dict[str, Any]:
    if DATABASE_URL:
        return {"ENGINE": "arhub.database.backend", **parse_database_url(DATABASE_URL)}
    if not EMBEDDED:
        return {"ENGINE": "django.db.backends.dummy"}
    where = embedded.parameters()
    return {
        "ENGINE": "arhub.database.backend",
        "NAME": where["dbname"],
        "USER": where["user"],
        "HOST": where["host"],
        "PORT": where["port"],
        "OPTIONS": {"embedded": True},
    }


_REUSE = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES = {
    "default": {**_database(), **_REUSE},
    # The same database on a connection of its own: progress, heartbeats and what must survive a rollback.
    "side": {**_database(), **_REUSE, "TEST": {"MIRROR": "default"}},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Background work ----------------------------------------------------------------------------------------------

# `retry` is longer than `timeout`: a task that is still at work must not be handed out again.
Q_CLUSTER: dict[str, Any] = {
    "name": "arhub",
    "label": "Jobs",
    "orm": "default",
    "workers": 2,
    "poll": 0.1,
    "bulk": 1,
    "queue_limit": 4,
    "timeout": 300,
    "retry": 420,
    "max_attempts": 3,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 500,
    "max_rss": 400_000,
    "ALT_CLUSTERS": {
        "loads": {
            "workers": 1,
            "poll": 0.2,
            "queue_limit": 1,
            "timeout": 6 * 3600,
            "retry": 6 * 3600 + 600,
            "recycle": 1,
        },
    },
}

# Name, function, arguments, every so many minutes, cluster. `migrate` and `up` write them to the database.
SCHEDULES = [
    ("heartbeat of jobs", "arhub.tasks.beat", ("arhub",), 1, "arhub"),
    ("heartbeat of loads", "arhub.tasks.beat", ("loads",), 1, "loads"),
    ("sweep ingestions", "ingestion.tasks.sweep", (), 1, "arhub"),
    ("sweep outbound", "arhub.tasks.sweep_outbound", (), 1, "arhub"),
    ("fire schedules", "arhub.tasks.fire_schedules", (), 1, "arhub"),
    ("check expected arrivals", "ingestion.tasks.check_arrivals", (), 1, "arhub"),
    ("sweep runs", "arhub.tasks.sweep_runs", (), 1, "arhub"),
    ("forget what was delivered", "arhub.tasks.forget_delivered", (), 60, "arhub"),
    ("forget answered requests", "arhub.tasks.forget_answered", (), 60, "arhub"),
    ("forget old runs", "arhub.tasks.forget_runs", (), 60, "arhub"),
    ("forget what was pulled", "connectors.tasks.forget_pulled", (), 60, "arhub"),
    ("look at what expires", "connectors.tasks.look_at_expiries", (), 24 * 60, "arhub"),
    ("look for answers that stay away", "adaptors.tasks.look_for_answers", (), 1, "arhub"),
    ("tell what there is to tell", "adaptors.tasks.tell_notices", (), 1, "arhub"),
    ("forget old notices", "adaptors.tasks.forget_notices", (), 60, "arhub"),
    ("forget parcels", "connectors.tasks.forget_parcels", (), 60, "arhub"),
]

# --- What upper packages add to lower ones ------------------------------------------------------------------------

SEARCHES = [  # (request, term) → SearchResult list
    "arhub.admin.search.records", "arhub.admin.incidents.found", "ingestion.admin.search.ingestions",
    "connectors.admin.search.connections", "adaptors.admin.search.activations",
    "adaptors.admin.search.transactions",
]  # fmt: skip
START_PANELS = [  # (request) → {"failed": [...], "waiting": [...], "loads": ...}
    "ingestion.admin.start.panels", "arhub.admin.runs.panels", "arhub.admin.incidents.panels",
    "connectors.admin.start.panels", "adaptors.admin.dashboard.start_panels",
    "arhub.admin.approvals.panels",
]  # fmt: skip
TOLD_ELSEWHERE = ["adaptors.admin.dashboard.own_deliveries"]  # () → Q of outbounds that another Start panel tells of
UNDO_BLOCKERS = [  # (ingestion) → (model label, record id, reason) of what must not be undone
    "adaptors.domain.undoing.blockers",
]
EVENT_KINDS = [  # kind → what happened, in a sentence
    "ingestion.domain.events.KINDS", "arhub.domain.events.KINDS", "arhub.domain.webhooks.KINDS",
    "arhub.domain.incidents.KINDS", "arhub.domain.approvals.KINDS", "arhub.domain.sharing.KINDS",
    "connectors.domain.pausing.KINDS", "adaptors.domain.events.KINDS",
]  # fmt: skip
EVENT_LISTENERS = [
    "arhub.domain.webhooks.fan_out",
    "connectors.domain.pulls.loaded",
    "ingestion.domain.arrivals.heard",
    "adaptors.domain.customers.following.loaded",
    "adaptors.domain.notifications.noticing.heard",
    "adaptors.domain.approvals.approving.heard",
]  # (events), in the transaction that caused them
APPROVAL_SUBJECTS = ["adaptors.domain.approvals.approving.documents"]  # what asks for a second person
DELIVERY_LISTENERS = ["adaptors.domain.transactions.ladder.followed"]  # (ids), in the transaction that moved them
DELIVERY_FORGETTERS = [
    "adaptors.domain.transactions.ladder.forget_answers"
]  # (ids of deliveries) that are sent once more
DELIVERY_GUARDS = ["adaptors.domain.approvals.handed_over.guard"]  # what may keep a file back, asked before it goes
ANSWER_READERS = ["adaptors.domain.answers.incoming.take"]  # (Arrived) → what an answer says; empty for what is none
SENT_OWNERS = ["adaptors.domain.sight.sender_of"]  # (outbound) → the adaptor whose it is, or None
SENT_HIDERS = ["adaptors.domain.sight.without_hidden"]  # (actor, outbounds) → those whose content it may see
CLOSED_DAYS_LISTENERS = ["ingestion.domain.arrivals.closed_days_changed"]  # (), when a tenant's closed days change
OUTBOUND_CHANNELS = {  # how what must reach others travels
    "webhook": "arhub.domain.webhooks.WebhookChannel",
    "push": "connectors.domain.push_channel.PushChannel",
    "delivery": "connectors.domain.delivery_channel.DeliveryChannel",
    "later": "connectors.domain.later_channel.LaterChannel",
    "notice": "adaptors.domain.notifications.notice_channel.NoticeChannel",
}
RUN_KINDS = {  # name → class of the work in the background that runs and schedules may be of
    "pull": "connectors.domain.pulls.Pull",
    "full_pull": "connectors.domain.pulls.FullPull",
    "fetch": "connectors.domain.fetching.Fetch",
    "look_up_participants": "connectors.domain.look_ups.LookUpParticipants",
    "adaptor": "adaptors.domain.running.RunAdaptor",
    "manual_export": "adaptors.domain.transactions.manual_export.RunManualExport",
}
SHARED_THINGS = {  # what people share with each other: kind → its model, and the field of it that says whose it is
    "activation": ("adaptors.Activation", "owner"),
    "connection": ("connectors.Connection", "created_by"),
}
SUBJECT_MAPPERS = [  # (connection, [(ledger id, subject)]) → what a push to it says
    "adaptors.domain.mapping.field_mapping.mapped",
]
RECORD_HISTORY = "ingestion.admin.history.of_record"  # (record type, record) → who and what set its fields
RECORD_PANELS = [  # (request, record) → Panel of its page, or None
    "adaptors.admin.panels.export_rules",
    "adaptors.admin.panels.transactions",
    "connectors.admin.panels.other_systems",
]
SOURCE_PANELS = ["ingestion.admin.arrivals.panel"]  # (request, source) → Panel of its page, or None
RECORD_ACTIONS = ["connectors.admin.sending.actions"]  # (request, record types) → actions of their list
RECORD_ORIGINS = "ingestion.admin.history.origins"  # (records) → by id, the line that made each

# --- The networks' own directories of participants -----------------------------------------------------------------

PARTICIPANT_ZONES = {  # route → where its directory begins in DNS; empty: nobody is asked
    "peppol": os.environ.get("ARHUB_PEPPOL_ZONE", "participant.sml.prod.tech.peppol.org"),
    "nemhandel": os.environ.get("ARHUB_NEMHANDEL_ZONE", ""),
}
PARTICIPANT_NAMESERVER = os.environ.get("ARHUB_NAMESERVER", "")  # empty: the machine's own

# --- Notifications ------------------------------------------------------------------------------------------------

ADDRESS = os.environ.get("ARHUB_ADDRESS", "").rstrip("/")  # where people open the hub, for links in messages
SMTP = mail_server("ARHUB_SMTP")  # the hub's own, for tenants that choose no e-mail connection
MAIL_FROM = os.environ.get("ARHUB_MAIL_FROM", "")

# --- The API ------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["arhub.api.base.PersonOrProgram"],
    "DEFAULT_PERMISSION_CLASSES": ["arhub.api.base.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["arhub.api.base.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["arhub.api.base.JsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "arhub.api.schema.HubSchema",
    "EXCEPTION_HANDLER": "arhub.api.base.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AR Hub",
    "VERSION": "1",
    "DESCRIPTION": "Receivables of a tenant: accounts, documents, payments, and the loads that brought them. Amounts "
    "are decimal strings with all their digits, each with its currency beside it; times are UTC. A page names the next "
    "one in `next`; nothing is counted.",
    "SCHEMA_PATH_PREFIX": "/api/hub/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "defaultModelsExpandDepth": 0, "docExpansion": "list"},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "SentRecordTypeEnum": "connectors.api.pushes.TYPES",
        "RecordTypeEnum": "arhub.records.RECORD_TYPES",
        "OutboundStateEnum": "arhub.api.outbound.STATES",
    },
}
API_ERRORS = {"/api/hub/": "arhub.api.errors.as_object", "/api/": "ingestion.sage_network.problems.as_problem"}
API_ROUTES = [  # modules with `register(router)`
    "arhub.api.routes", "ingestion.api.routes", "connectors.api.routes", "adaptors.api.routes",
]  # fmt: skip
SOURCE_PULLER = "connectors.domain.pulls.pull_source"  # (source, full=bool) → the load that a pull will become
MORE_URLS = ["ingestion.sage_network.urls", "connectors.api.partner_urls"]  # served beside the hub's own API
PARTNER_PATHS = ["/in/", "/as2"]  # called by partners, who are known by what they send
RECORD_WRITER = "ingestion.api.writer"  # a module with create and update of single records
API_RESOURCES = [
    "accounts", "contacts", "documents", "lines", "payments", "applications", "outstanding_items", "custom_fields",
    "sources", "ingestions", "incidents", "runs", "schedules", "webhooks", "connections", "pushes", "participants",
    "deliveries", "inboxes", "inbox_files", "adaptors", "export_rules", "transactions", "answers", "manual_exports",
]  # fmt: skip
API_WRITERS = {  # role → what it may write besides what the roles before it may
    "clerk": [
        "accounts", "contacts", "documents", "lines", "payments", "applications", "outstanding_items",
        "custom_fields", "ingestions", "incidents", "inbox_files", "transactions", "answers", "manual_exports",
    ],
    "manager": [
        "runs", "schedules", "connections", "pushes", "participants", "deliveries", "inboxes", "adaptors",
        "export_rules",
    ],
    "administrator": ["sources", "webhooks"],
}  # fmt: skip
MOST_BODY_BYTES = number("ARHUB_MOST_UPLOAD_MB", 5_120) << 20
MOST_PARTNER_BYTES = number("ARHUB_MOST_PARTNER_MB", 100) << 20  # of one request that brings files

# --- Files --------------------------------------------------------------------------------------------------------

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": private_directory(VAR_DIR / "media"),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
FOLDERS = (
    os.environ.get("ARHUB_FOLDERS") or VAR_DIR / "exchange"
)  # in it, each tenant's folder for connections to a local folder
RULES_DIR = Path(os.environ.get("ARHUB_RULES") or VAR_DIR / "rules")  # manage.py install_rules puts them there
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = private_directory(VAR_DIR / "uploads")  # beside media: a large file is moved, not copied
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

STATIC_URL = "/static/"
STATIC_ROOT = private_directory(VAR_DIR / "static")
WHITENOISE_USE_FINDERS = True  # nothing has to be collected to run
WHITENOISE_AUTOREFRESH = DEBUG

# --- Language and time --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = ["arhub.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

# --- Logging ------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {request}{message}", "style": "{"}},
    "filters": {"secrets": {"()": "arhub.logs.HideSecrets"}, "request": {"()": "arhub.logs.NameRequest"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets", "request"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django-q": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "gunicorn.error": {"handlers": ["stderr"], "propagate": False},  # instead of its own, which masks nothing
        "weasyprint": {"level": "ERROR"},
        "weasyprint.progress": {"level": "WARNING"},  # seven lines for each PDF
        "urllib3": {"level": "ERROR"},  # its warnings name whole addresses, and some receivers' are their password
    },
}
