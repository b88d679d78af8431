"""Webhook endpoints (https://docs.stripe.com/api/webhook_endpoints)."""

from __future__ import annotations

import os
import secrets
import time
from urllib.parse import urlsplit

from chalicelib import forms
from chalicelib.change import Change, Document, Write
from chalicelib.errors import invalid
from chalicelib.events import API_VERSION
from chalicelib.forms import Params
from chalicelib.ids import new_id

_CREATE = {"api_version", "description", "enabled_events", "expand", "metadata", "url"}


def create(account: str, params: Params) -> Change:
    """A new endpoint. Its signing secret is in this answer only, as at Stripe."""
    forms.only(params, _CREATE)
    enabled = params.get("enabled_events")
    if not isinstance(enabled, list) or not enabled or not all(isinstance(name, str) for name in enabled):
        raise invalid(
            "Missing required param: enabled_events.", code="parameter_missing", param="enabled_events"
        )
    endpoint: Document = {
        "id": new_id("we", account),
        "object": "webhook_endpoint",
        "api_version": forms.text(params, "api_version") or API_VERSION,
        "created": int(time.time()),
        "description": forms.text(params, "description"),
        "enabled_events": enabled,
        "livemode": False,
        "metadata": forms.table(params, "metadata"),
        "secret": f"whsec_{secrets.token_urlsafe(24)}",
        "status": "enabled",
        "url": _url(params),
    }
    return Change(200, endpoint, [Write("we", endpoint)])


def public(endpoint: Document) -> Document:
    """An endpoint as it is listed: without its secret."""
    return {name: value for name, value in endpoint.items() if name != "secret"}


def _url(params: Params) -> str:
    url = forms.text(params, "url")
    if url is None:
        raise invalid("Missing required param: url.", code="parameter_missing", param="url")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _schemes() and bool(parts.hostname) and not parts.username
    except ValueError:
        usable = False
    if not usable or len(url) > 2048:
        raise invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.",
            code="url_invalid",
            param="url",
        )
    return url


def _schemes() -> set[str]:
    """Plain HTTP only on a cloud that speaks it itself: on AWS it would reach the function's own loopback."""
    local = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    return {"https", "http"} if local else {"https"}
