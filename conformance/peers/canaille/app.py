"""Canaille with its default in-memory backend, one client and one token.

Canaille accepts only tokens it has issued; a token of a client, without a
subject, may do everything over SCIM. So the token is put where the token
endpoint would have put it.
"""

import datetime
import os
import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from werkzeug.serving import run_simple

port = int(sys.argv[1])

# No SERVER_NAME: Canaille then answers for any host and builds its URLs from
# the Host header of each request.
app = create_app(
    {
        "SECRET_KEY": "peer",
        "CANAILLE": {"DATABASE": "memory", "TIMEZONE": "UTC"},
        "CANAILLE_OIDC": {},
        "CANAILLE_SCIM": {"ENABLE_SERVER": True},
    }
)

with app.app_context():
    now = datetime.datetime.now(datetime.timezone.utc)
    client = models.Client(
        client_id="conformance",
        client_secret="conformance",
        client_name="conformance",
        client_id_issued_at=now,
        grant_types=["client_credentials"],
        scope=["openid"],
    )
    Backend.instance.save(client)
    token = models.Token(
        token_id="conformance",
        access_token=os.environ["SCIM_TOKEN"],
        client=client,
        subject=None,
        type="access_token",
        scope=["openid"],
        issue_date=now,
        lifetime=86400,
        audience=[client],
    )
    Backend.instance.save(token)

run_simple("127.0.0.1", port, app, threaded=True)
