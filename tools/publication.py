"""What a deploy of a service has published: the version of each function, and the deployment of its API.

It is kept with the record of the deploy (tools/applied.py), so that callers get exactly that and not the
number that a state happens to have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tools import live, versions
from tools.cloud import Cloud, client
from tools.errors import ToolError
from tools.live import Outputs, Standing
from tools.stages import Account
from tools.versions import Content


@dataclass(frozen=True)
class Function:
    """A published version and what it runs, as in versions.Content."""

    version: str
    code: str
    configuration: str

    @property
    def content(self) -> Content:
        """What it runs."""
        return Content(self.code, self.configuration)


@dataclass(frozen=True)
class Api:
    """A deployment of an API; `body` is the digest of the description that Terraform imported before it."""

    deployment: str
    body: str


@dataclass(frozen=True)
class Publication:
    """By function, and by API (`<id>/<stage>`)."""

    functions: Mapping[str, Function] = field(default_factory=dict)
    apis: Mapping[str, Api] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        """What callers get of the service with it."""
        return Standing(
            {name: function.version for name, function in self.functions.items()},
            {name: api.deployment for name, api in self.apis.items()},
        )

    def recorded(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def parsed(record: Mapping[str, Any] | None) -> Publication | None:
    """What a record of a deploy has of it; None in one from before it was kept."""
    kept = (record or {}).get("published")
    if kept is None:
        return None
    return Publication(
        {name: Function(**function) for name, function in kept["functions"].items()},
        {name: Api(**api) for name, api in kept["apis"].items()},
    )


def publish(
    cloud: Cloud, account: Account, service: Outputs, code: str, last: Publication | None, anew: bool
) -> Publication:
    """Find what the apply of a service has published; an API is deployed where it was not yet.

    `code` is the package's SHA-256 (base64). `last` is what was published before: its deployment of the API
    is kept where the description is the same, unless that was imported `anew`. Raises ToolError where a
    function does not run the package.
    """
    functions = {
        function["name"]: _function(cloud, account, function["name"], code)
        for function in service["functions"].values()
    }
    apis = {}
    if service.get("rest_api_id"):
        api, body = live.api_of(service), service["rest_api_digest"]
        known = last.apis.get(api) if last and not anew else None
        apis[api] = _api(cloud, account, api, body, known, anew)
    return Publication(functions, apis)


def stands(cloud: Cloud, account: Account, published: Publication, present: Standing) -> bool:
    """Whether all of it is still there; `present` is what callers get, whichever version that is."""
    there = all(
        versions.content(cloud, account, name, function.version) == function.content
        for name, function in published.functions.items()
    )
    called = present.functions.keys() | present.apis.keys()
    return (
        there
        and called >= published.functions.keys() | published.apis.keys()
        and not live.missing(cloud, account, Standing(apis=published.standing.apis))
    )


def unrecorded(cloud: Cloud, account: Account, service: Outputs) -> Standing:
    """What a service has that was deployed before its publication was recorded, as its state has it."""
    functions = {function["name"]: function["version"] for function in service["functions"].values()}
    return Standing(functions, live.present(cloud, account, service).apis)


def _function(cloud: Cloud, account: Account, name: str, code: str) -> Function:
    latest = versions.content(cloud, account, name)
    if latest is None or latest.code != code:
        raise ToolError(
            f"{name} does not run the package that Terraform has applied.",
            "Somebody else may be deploying it. Deploy it again.",
        )
    version = versions.find(cloud, account, name, latest)
    if version is None:
        raise ToolError(
            f"No published version of {name} runs the package and configuration that Terraform has applied.",
            "Somebody else may be changing it. Deploy it again.",
        )
    return Function(version, latest.code, latest.configuration)


def _api(cloud: Cloud, account: Account, api: str, body: str, known: Api | None, anew: bool) -> Api:
    """The deployment of the description with the digest `body`; Terraform makes the first."""
    rest_api, label = api.partition("/")[0], f"Body {body}"
    made = [
        one
        for one in live.deployments(cloud, account, rest_api)
        if one.get("description") == label and not anew
    ]
    if known is not None and known.body == body and known.deployment in {one["id"] for one in made}:
        return known
    if not made:
        gateway = client(cloud, account, "apigateway")
        made = [gateway.create_deployment(restApiId=rest_api, description=label)]
    return Api(max(made, key=lambda one: one["createdDate"])["id"], body)
