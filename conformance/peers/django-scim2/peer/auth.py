"""django-scim2 leaves authentication to others; this is one static token.

A request without it gets no user, and the middleware of the library says 401.
"""

import hmac
import os
from types import SimpleNamespace


def bearer(get_response):
    def middleware(request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = hmac.compare_digest(token.encode(), os.environ["SCIM_TOKEN"].encode())
        if scheme.lower() == "bearer" and known:
            request.user = SimpleNamespace(is_authenticated=True, is_anonymous=False)
        return get_response(request)

    return middleware
