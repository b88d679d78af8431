"""Test values for secrets, where mocks are called: what a service declares in `test-secrets.template.json`.

By the secret's name either the value, with `{random}` in place of something new each time, or how to ask
for it: `post` the `form` to a URL with an earlier value as `bearer`, and `take` that member of the answer. A
phone number is one set aside for fiction, 555-0100 to 555-0199: https://www.nanpa.com.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tools import render, signed_requests
from tools.errors import ToolError
from tools.render import Names

SECONDS = 30


def make(service: Path, names: Names) -> dict[str, str]:
    """New test values for a service's secrets, by their names; empty where it declares none.

    `names` answers the references as for render.render. Raises ToolError where a mock does not give one.
    """
    template = service / ".chalice" / "test-secrets.template.json"
    declared = render.load(template, names) if template.exists() else {}
    made: dict[str, str] = {}
    for name, how in declared.items():
        made[name] = (
            how.replace("{random}", secrets.token_hex(16)) if isinstance(how, str) else _asked(how, made)
        )
    return made


def _asked(how: Mapping[str, Any], made: Mapping[str, str]) -> str:
    url = how["post"]
    headers = {"Authorization": f"Bearer {made[how['bearer']]}"} if "bearer" in how else {}
    try:
        answer = requests.post(
            url, data=how.get("form"), headers=headers, auth=signed_requests.as_it_is, timeout=SECONDS
        )
        answer.raise_for_status()
        value: str = answer.json()[how["take"]]
    except requests.HTTPError as error:
        raise ToolError(
            f"{url} gave no test secret: {error.response.status_code} {error.response.text}"
        ) from error
    except (requests.RequestException, ValueError, KeyError) as error:
        raise ToolError(f"{url} gave no test secret: {type(error).__name__}.") from error
    return value
