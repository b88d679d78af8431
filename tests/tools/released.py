"""A stage in moto as deploys leave it: services with a function, and one of them with an API."""

from __future__ import annotations

import io
import zipfile
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

from tests.tools.bucket import Bucket
from tools import applied, histories, live, publication, releasing
from tools.cloud import client
from tools.histories import Entry, Standings, Status
from tools.layers import Layers
from tools.manifests import Release, Service
from tools.publication import Publication

ARTIFACTS = "artifacts"


@dataclass
class Stage:
    """The stage `env` with billing_api, which has an API, and notify_job, each with one function."""

    bucket: Bucket
    env: str
    names: dict[str, str] = field(default_factory=lambda: {"topic_arn": "topic-1"})
    apis: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def make(self) -> Stage:
        """Deploy it for the first time."""
        self.bucket.deployed(self.env, listed=True)
        self.bucket.put("account.tfstate", self._state({"artifact_bucket_name": ARTIFACTS}))
        role = client(self.bucket.cloud, self.bucket.account, "iam").create_role(
            RoleName=f"r-{self.env}", AssumeRolePolicyDocument="{}"
        )["Role"]["Arn"]
        for service in ("billing_api", "notify_job"):
            self.functions.create_function(
                FunctionName=f"{self.env}-{service}",
                Runtime="python3.11",
                Role=role,
                Handler="app.app",
                Code={"ZipFile": _zip("")},
            )
            self.versions[service] = self.functions.publish_version(FunctionName=f"{self.env}-{service}")[
                "Version"
            ]
            self.functions.create_alias(
                FunctionName=f"{self.env}-{service}", Name="live", FunctionVersion=self.versions[service]
            )
        self._make_api("billing_api")
        self.save()
        return self

    def _make_api(self, service: str) -> None:
        api = self.gateway.create_rest_api(name=f"{self.env}-{service}")["id"]
        root = self.gateway.get_resources(restApiId=api)["items"][0]["id"]
        self.gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
        self.gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
        first = self.gateway.create_deployment(restApiId=api, description="Body d1")["id"]
        self.gateway.create_stage(restApiId=api, stageName="live", deploymentId=first)
        self.apis[service], self.digests[service] = api, "d1"

    def publish(self, service: str, code: str, digest: str = "") -> None:
        """What Terraform does for a changed service: a new version, perhaps another API description."""
        self.change_code(service, code)
        published = self.functions.publish_version(FunctionName=f"{self.env}-{service}")
        self.versions[service] = published["Version"]
        if digest:
            self.digests[service] = digest
        self.save()

    def change_code(self, service: str, code: str) -> None:
        """Half of what Terraform does for it."""
        self.functions.update_function_code(FunctionName=f"{self.env}-{service}", ZipFile=_zip(code))

    def recreate(self, name: str, code: str, role: str) -> None:
        """Make a function that is not there, or change its code; publish that, and `live` where it is not."""
        try:
            self.functions.update_function_code(FunctionName=name, ZipFile=_zip(code))
        except self.functions.exceptions.ResourceNotFoundException:
            self.functions.create_function(
                FunctionName=name,
                Runtime="python3.11",
                Role=role,
                Handler="app.app",
                Code={"ZipFile": _zip(code)},
            )
            self.functions.publish_version(FunctionName=name)
            self.functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
            return
        self.functions.publish_version(FunctionName=name)

    def save(self) -> None:
        """Write the states as Terraform does."""
        secrets = {
            name: {"name": name, "arn": name}
            for name in ("stripe-key", "stripe-webhook-secret", "admin-phone")
        }
        stage: dict[str, Any] = {
            "api_url": "https://x",
            "purchases_table_name": "purchases",
            "purchases_due_index_name": "due",
            "notifications_table_name": "notifications",
            "secrets": secrets,
            **self.names,
        }
        self.bucket.put(f"{self.env}/stage.tfstate", self._state(stage))
        self.bucket.put(f"{self.env}/storage.tfstate", self._state({}))
        for service, version in self.versions.items():
            function = {"name": f"{self.env}-{service}", "version": version}
            api = self.apis.get(service)
            outputs = {
                "functions": {"function": function},
                "api_url": "https://x/y",
                "rest_api_id": api,
                "rest_api_stage": "live" if api else None,
                "rest_api_digest": self.digests.get(service),
            }
            self.bucket.put(self._key(service), self._state(outputs))

    @staticmethod
    def _state(outputs: dict[str, Any]) -> dict[str, Any]:
        return {"resources": [{}], "outputs": {name: {"value": value} for name, value in outputs.items()}}

    @property
    def layers(self) -> Layers:
        """As commands see it."""
        return self.bucket.layers(self.env)

    @property
    def functions(self) -> Any:
        return client(self.bucket.cloud, self.bucket.account, "lambda")

    @property
    def gateway(self) -> Any:
        return client(self.bucket.cloud, self.bucket.account, "apigateway")

    def publication(self, service: str, anew: bool = False) -> Publication:
        """What was published last, as the deploy of the service finds it."""
        cloud, account = self.bucket.cloud, self.bucket.account
        code = self.functions.get_function_configuration(FunctionName=f"{self.env}-{service}")["CodeSha256"]
        record = applied.read(cloud, account, self._key(service))
        outputs = self.layers.service_outputs()[service]
        return publication.publish(cloud, account, outputs, code, publication.parsed(record), anew)

    def newest(self) -> Standings:
        """What was deployed last, noted as the deploy of each service does."""
        made = {service: self.publication(service) for service in self.versions}
        for service, found in made.items():
            built = {"package": self.package(service), "api": ""}
            kept = {"built": built, "published": found.recorded()}
            applied.record(
                self.bucket.cloud, self.bucket.account, self._key(service), "fingerprint", (), kept
            )
        return {service: found.standing for service, found in made.items()}

    def package(self, service: str) -> str:
        """The digest of the service's package."""
        found = self.functions.get_function_configuration(FunctionName=f"{self.env}-{service}")["CodeSha256"]
        return b64decode(found).hex()

    def _key(self, service: str) -> str:
        return f"{self.env}/services/{service}.tfstate"

    def released(
        self,
        number: int,
        status: Status = "released",
        formats: tuple[tuple[int, ...], int] = ((1,), 1),
        without: str = "",
        **more: Any,
    ) -> Entry:
        """What is deployed as the release of that number, which users get where it is released.

        `without` names a service that is taken for not there yet.
        """
        before = histories.present(self.layers)
        standing = {name: found for name, found in self.newest().items() if name != without}
        services = {name: Service(self.package(name), "", *formats) for name in standing}
        release = Release(
            id=release_id(number),
            stage=self.env,
            source=f"source-{number}",
            commit=f"{number:040d}",
            dirty=False,
            made_at=moment(number),
            made_by="ana@laptop",
            services=services,
        )
        entry = Entry(release, moment(number), "ana@laptop", status, standing, before, **more)
        if status == "released":
            for place in entry.standing.values():
                live.move(self.bucket.cloud, self.bucket.account, place)
        histories.write(self.layers, entry)
        if status == "released":
            assert releasing.confirm(self.layers, entry) == {}
        return entry


def release_id(number: int) -> str:
    """The id of the release of that number."""
    return f"20260101-0000{number:02d}-000000{number:x}"


def moment(number: int) -> str:
    """When it came."""
    return f"2026-01-01T00:00:{number:02d}+00:00"


def _zip(code: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", code)
    return content.getvalue()
