"""Remove the versions and API deployments that no release has which a stage may go back to.

Terraform leaves the versions of functions in place, and the release layer the deployments of APIs, so that
rolling back needs no build. The code of all versions counts against 75 GB for an account and region:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tools import histories, live, publication, service_deploy
from tools.cloud import client
from tools.histories import Entry
from tools.layers import Layers
from tools.live import Standing
from tools.paths import REPOSITORY

Say = Callable[[str], None]

_AT_MOST = 20  # of each function or API, so that no deploy takes long; the next one goes on


def tidy(layers: Layers, say: Say) -> None:
    """After a deploy, which does not fail because of it: the release is with its users."""
    try:
        removed = remove(layers)
    except (ClientError, BotoCoreError) as error:
        say(f"Old versions were not removed; the next deploy tries again: {error}")
        return
    if removed:
        kept = layers.stage.settings.releases_kept
        what = "version or API deployment" if removed == 1 else "versions and API deployments"
        say(f"Removed {removed} {what} that none of the last {kept} releases has")


def remove(layers: Layers) -> int:
    """Remove what neither callers get nor one of the stage's last `releases_kept` releases has; how many."""
    entries = histories.read(layers)
    needed = _needed(entries, layers.stage.settings.releases_kept)
    if len(needed) == len(entries):
        return 0
    outputs, account = layers.service_outputs(), layers.stage.account
    standings = [
        *histories.present(layers).values(),
        *(service_deploy.standing(layers, REPOSITORY / name, found) for name, found in outputs.items()),
        *(publication.unrecorded(layers.cloud, account, found) for found in outputs.values()),
        *(standing for entry in needed for standing in entry.standing.values()),
    ]
    removed = _versions(client(layers.cloud, account, "lambda"), outputs, standings)
    return removed + _deployments(layers, outputs, standings)


def _needed(entries: Sequence[Entry], kept: int) -> list[Entry]:
    """The last releases that reached users, and whatever came since the first of them."""
    released = sorted(entry.at for entry in entries if entry.status == "released")
    since = min(released[-kept:], default="")
    return [entry for entry in entries if entry.at >= since]


def _versions(functions: Any, outputs: Mapping[str, live.Outputs], standings: Iterable[Standing]) -> int:
    kept: defaultdict[str, set[str]] = defaultdict(lambda: {"$LATEST"})
    for standing in standings:
        for name, version in standing.functions.items():
            kept[name] |= {version, *standing.shares.get(name, {})}
    removed = 0
    for function in (one for service in outputs.values() for one in service["functions"].values()):
        name, versions = function["name"], kept[function["name"]]
        pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        found = [version["Version"] for page in pages for version in page["Versions"]]
        for version in [version for version in found if version not in versions][:_AT_MOST]:
            functions.delete_function(FunctionName=name, Qualifier=version)
            removed += 1
    return removed


def _deployments(layers: Layers, outputs: Mapping[str, live.Outputs], standings: Iterable[Standing]) -> int:
    """But for each API's first deployment, which is Terraform's."""
    kept = {deployment for standing in standings for deployment in standing.apis.values()}
    cloud, account, removed = layers.cloud, layers.stage.account, 0
    for api in filter(None, (service.get("rest_api_id") for service in outputs.values())):
        _first, *later = sorted(live.deployments(cloud, account, api), key=lambda made: made["createdDate"])
        for made in [made for made in later if made["id"] not in kept][:_AT_MOST]:
            client(cloud, account, "apigateway").delete_deployment(restApiId=api, deploymentId=made["id"])
            removed += 1
    return removed
