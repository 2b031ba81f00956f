"""django-scim2 as its README sets it up, on SQLite in a temporary folder."""

import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from waitress import serve

port = int(sys.argv[1])
folder = tempfile.TemporaryDirectory()

settings.configure(
    SECRET_KEY="peer",
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(folder.name) / "peer.sqlite3",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django_scim",
        "peer",
    ],
    AUTH_USER_MODEL="peer.User",
    ROOT_URLCONF="peer.urls",
    MIDDLEWARE=[
        "peer.auth.bearer",
        "django_scim.middleware.SCIMAuthCheckMiddleware",
    ],
    SCIM_SERVICE_PROVIDER={
        "SCHEME": "http",
        "NETLOC": f"127.0.0.1:{port}",
        "GROUP_MODEL": "peer.models.Group",
        "WWW_AUTHENTICATE_HEADER": "Bearer",
        "AUTHENTICATION_SCHEMES": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "A static bearer token",
            },
        ],
    },
)

django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)
serve(get_wsgi_application(), host="127.0.0.1", port=port)
