"""Requests that bring their own Authorization header."""

from __future__ import annotations

import requests


def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """For `auth=` of requests, which otherwise puts a password of ~/.netrc over the header."""
    return request
