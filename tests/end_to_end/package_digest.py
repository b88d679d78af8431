"""Package a service of this checkout for the local stage; prints its digest as Lambda's `CodeSha256` has it.

Run as a program with the local cloud's port and the service's name: by a test, in a checkout elsewhere.
"""

from __future__ import annotations

import sys

from tools import stages
from tools.cloud import LocalCloud
from tools.layers import Layers
from tools.paths import REPOSITORY
from tools.service_deploy import unit_of


def main(port: int, service: str) -> str:
    """The digest of the service's zip."""
    organisation = stages.load()
    cloud = LocalCloud(organisation.project, organisation.region, port)
    layers = Layers(organisation, cloud, organisation.stage("local"))
    digest: str = unit_of(layers, REPOSITORY / service).variables["package_sha256_base64"]
    return digest


if __name__ == "__main__":
    print(main(int(sys.argv[1]), sys.argv[2]))
