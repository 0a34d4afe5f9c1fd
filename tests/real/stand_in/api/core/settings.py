"""Settings by the variables of the generated Deployment; one that is missing stops the start."""

import os

ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split(",")
DEBUG = os.environ["DJANGO_MODE"] != "production"
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
IDAES_URL = os.environ["IDAES_URL"]
ROOT_URLCONF = "core.urls"
INSTALLED_APPS = ["flowsheets"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["DATABASE_HOST"],
        "PORT": os.environ["DATABASE_PORT"],
        "NAME": os.environ["DATABASE_NAME"],
        "USER": os.environ["DATABASE_USER"],
        "PASSWORD": os.environ["DATABASE_PASSWORD"],
        # PgBouncer gives each transaction another connection of its own.
        "CONN_MAX_AGE": 60,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"require_auth": "scram-sha-256"},
    }
}
USE_TZ = True
