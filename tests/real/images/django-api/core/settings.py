"""Settings by environment, as the generated Deployment gives them; a variable that is missing stops the start."""

import os

ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split(",")
DEBUG = os.environ["DJANGO_MODE"] != "production"
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
ROOT_URLCONF = "core.urls"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
USE_TZ = True
