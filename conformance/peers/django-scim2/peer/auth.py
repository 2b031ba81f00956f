"""django-scim2 leaves authentication to others; this is one static token."""

import hmac
import os
from types import SimpleNamespace

from django.http import HttpResponse


def bearer(get_response):
    def middleware(request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = hmac.compare_digest(token.encode(), os.environ["SCIM_TOKEN"].encode())
        if scheme.lower() != "bearer" or not known:
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        request.user = SimpleNamespace(is_authenticated=True, is_anonymous=False)
        return get_response(request)

    return middleware
