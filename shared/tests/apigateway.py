"""Calls a Chalice app as API Gateway's proxy integration does, event for event.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from chalice.app import Chalice
from chalice.local import RouteMatcher


@dataclass(frozen=True)
class Context:
    """The part of Lambda's context object that the code reads."""

    aws_request_id: str


@dataclass(frozen=True)
class Answer:
    """What the function answered."""

    status: int
    headers: dict[str, str]
    text: str
    raw: dict[str, Any]

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def pointers(self) -> list[str]:
        """Where the faults of a problem document are."""
        return [
            error.get("pointer") or error.get("parameter") or error.get("header") or ""
            for error in self.json.get("errors", [])
        ]


class Api:
    """A signed-in user's view of an app; `user` None for an unsigned call."""

    def __init__(self, app: Chalice, user: str | None) -> None:
        self._app = app
        self._user = user

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send `body` as JSON, or `raw` as it is."""
        text = raw if raw is not None else None if body is None else json.dumps(body)
        route = RouteMatcher(list(self._app.routes)).match_route(path)
        sent = {"Content-Type": "application/json", **(headers or {})}
        event = {
            "resource": route.route,
            "path": path.partition("?")[0],
            "httpMethod": method,
            "headers": sent,
            "multiValueHeaders": {name: [value] for name, value in sent.items()},
            "queryStringParameters": {name: values[-1] for name, values in route.query_params.items()}
            or None,
            "multiValueQueryStringParameters": route.query_params or None,
            "pathParameters": route.captured or None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": route.route,
                "httpMethod": method,
                "requestId": str(uuid4()),
                "identity": {"cognitoIdentityId": self._user, "sourceIp": "127.0.0.1"},
            },
            "body": text,
            "isBase64Encoded": False,
        }
        answer = self._app(event, Context(str(uuid4())))
        return Answer(answer["statusCode"], answer["headers"], answer["body"], answer)
