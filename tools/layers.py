"""The Terraform units that a stage is made of, and the values that go up from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools import names, pause_records, readings, references, roles, state_bucket
from tools.cloud import Cloud
from tools.errors import ToolError
from tools.manifests import Release, package_key
from tools.names import AccountUnit, Role, StageUnit
from tools.packaging import Package
from tools.permission import NOTHING, Permission
from tools.services import all_services
from tools.stages import Account, Organisation, Stage
from tools.terraform_unit import Unit


@dataclass(frozen=True)
class Layers:
    """A stage on a cloud: its units, and the outputs of what is deployed."""

    organisation: Organisation
    cloud: Cloud
    stage: Stage
    permission: Permission = NOTHING
    release: Release | None = None  # whose packages its services have, instead of the checkout's

    def acting_as(self, role: Role) -> Layers:
        """The same stage, reached with the rights of `role`."""
        return replace(self, cloud=self.cloud.acting_as(role))

    @property
    def services(self) -> list[Path]:
        """The services that the stage has: all, or those it names; mocks only where it says so."""
        settings = self.stage.settings
        return [
            path
            for path in all_services()
            if (not settings.services or path.name in settings.services)
            and (settings.mocks or path.name not in self.organisation.mocks)
        ]

    def dns(self) -> Unit:
        """The parent zone and who may delegate from it."""
        account = self.organisation.dns_account
        variables = {
            **self._common(account),
            "account_name": account.name,
            "root_domain": self.organisation.root_domain,
            "subdomains": {
                other.id: other.subdomain for other in self.organisation.accounts.values() if other.subdomain
            },
        }
        return Unit("dns", AccountUnit.DNS.key, account, variables)

    def roles(self) -> Unit:
        """Who may do what in the stage's account."""
        account = self.stage.account
        variables = {
            **self._common(account),
            "account_name": account.name,
            "subdomain": account.subdomain,
            "api_domains": sorted(self._own_api_domains(account)),
            "github_subjects": sorted(account.github_subjects),
            "github_reader_subjects": sorted(account.github_reader_subjects),
        }
        return Unit("roles", AccountUnit.ROLES.key, account, variables)

    def account(self) -> Unit:
        """What the stage's account has once. For the administrator: the parent zone's state is read."""
        with readings.noted() as reads:
            dns = self.read(self.dns())
            unit = self._account(dns["zone_id"], dns["delegation_role_arns"][self.stage.account.id])
        return replace(unit, reads=frozenset(reads))

    def account_as_built(self, outputs: Mapping[str, Any]) -> Unit:
        """The same, with the parent zone that the account knew when its `outputs` were written."""
        return self._account(outputs["root_zone_id"], outputs["delegation_role_arn"])

    def _account(self, root_zone_id: str, delegation_role_arn: str) -> Unit:
        account = self.stage.account
        variables = {
            **self._common(account),
            "account_name": account.name,
            "subdomain": account.subdomain,
            "api_domains": sorted(self._own_api_domains(account)),
            "root_zone_id": root_zone_id,
            "delegation_role_arn": delegation_role_arn,
            "require_tls": self._require_tls,
        }
        return Unit("account", AccountUnit.ACCOUNT.key, account, variables)

    @property
    def account_stands(self) -> bool:
        """Whether the stage's account is built."""
        return state_bucket.outputs(self.cloud, self.stage.account, AccountUnit.ACCOUNT.key) is not None

    def account_outputs(self) -> dict[str, Any]:
        """The outputs of the stage's account. Raises ToolError when it is not built."""
        found = state_bucket.outputs(self.cloud, self.stage.account, AccountUnit.ACCOUNT.key)
        if found is None:
            raise ToolError(
                f"The layer of account {self.stage.account.name} is not built.",
                f"As its administrator, run: {self.command('account')}",
            )
        return found

    def storage(self) -> Unit | None:
        """The data that stages may share; None where the stage shares another's or has none."""
        if self.stage.storage_stage != self.stage.name:
            return None
        variables = {
            **self._common(self.stage.account),
            "stage": self.stage.name,
            "protected": self.stage.settings.protected,
            "allowed_origins": self.stage.settings.allowed_origins,
            "require_tls": self._require_tls,
            "permissions_boundary_arn": roles.boundary_arn(self.organisation.project, self.stage.account),
        }
        return Unit("storage", StageUnit.STORAGE.key(self.stage.name), self.stage.account, variables)

    def stage_unit(self) -> Unit:
        """What the stage needs of its own."""
        with readings.noted() as reads:
            variables = self._stage_variables(self.account_outputs())
        return Unit("stage", self.stage_key, self.stage.account, variables, frozenset(reads))

    def _stage_variables(self, account: Mapping[str, Any]) -> dict[str, Any]:
        settings = self.stage.settings
        return {
            **self._common(self.stage.account),
            "stage": self.stage.name,
            "protected": settings.protected,
            "mocks": settings.mocks,
            "canary": settings.canary,
            "permissions_boundary_arn": roles.boundary_arn(self.organisation.project, self.stage.account),
            "services": [service.name for service in self.services],
            "testers": sorted(set(settings.testers)),
            # The local cloud has no chats.
            "chat": (settings.chat or None) if self.cloud.endpoint_url is None else None,
            "require_tls": self._require_tls,
            "zone_id": account["zone_id"],
            "certificate_arn": account["certificate_arn"],
            "alarm_key_arn": account["alarm_key_arn"],
            "subdomain": account["zone_name"],
            "api_domain": settings.api_domain or None,
            "api_url_format": self.cloud.api_url_format,
        }

    @property
    def stage_key(self) -> str:
        """Where the stage layer's state lies."""
        return StageUnit.STAGE.key(self.stage.name)

    def stage_outputs(self) -> dict[str, Any]:
        """The outputs of the stage layer. Raises ToolError when it is not deployed."""
        return self._outputs(self.stage.account, self.stage_key)

    def service(self, service: Path, package: Package, base_path: str | None) -> Unit:
        """A service as Chalice packaged it."""
        variables = self.service_variables(service, base_path) | {
            "package_dir": str(package.folder),
            "package_key": package_key(service.name, package.sha256),
            "package_sha256_base64": package.sha256_base64,
            # Not among those that decide whether a service has changed: a pause is done without a deploy.
            "paused": pause_records.read(self.cloud, self.stage.account, self.stage.name, service.name)
            is not None,
        }
        return Unit("service", self.service_key(service), self.stage.account, variables)

    def service_variables(self, service: Path, base_path: str | None) -> dict[str, Any]:
        """What a service is applied with beside its package."""
        account, stage, storage = (
            self.account_outputs(),
            self.read(self.stage_unit()),
            self.storage_outputs(),
        )
        settings = self.stage.settings
        return {
            **self._common(self.stage.account),
            "stage": self.stage.name,
            "service": names.aws_name(service.name),
            "base_path": base_path,
            "package_bucket": account["artifact_bucket_name"],
            "api_domain_name": stage["api_domain_name"],
            "api_url": stage["api_url"],
            "signed_in_role_name": storage.get("signed_in_role_name"),
            "log_level": settings.log_level,
            "log_retention_days": settings.log_retention_days,
            "throttle_rate": settings.throttle_rate,
            "throttle_burst": settings.throttle_burst,
            "canary": self._canary_limits(),
            "alarm_topic_arn": stage["alarm_topic_arn"],
            "permissions_boundary_arn": roles.boundary_arn(self.organisation.project, self.stage.account),
        }

    def _canary_limits(self) -> dict[str, float] | None:
        """Above which a release goes back; None where it goes to all users at once."""
        settings = self.stage.settings
        if not settings.canary:
            return None
        return {"error_percent": settings.canary_error_percent, "p99_ms": settings.canary_p99_ms}

    def service_key(self, service: Path) -> str:
        """Where a service's state lies."""
        return names.service_key(self.stage.name, service.name)

    def read(self, unit: Unit) -> dict[str, Any]:
        """A unit's outputs. Raises ToolError when it is not deployed."""
        return self._outputs(unit.account, unit.key)

    def _outputs(self, account: Account, key: str) -> dict[str, Any]:
        found = state_bucket.outputs(self.cloud, account, key)
        if found is None:
            raise ToolError(
                f"{key.removesuffix('.tfstate')} is not deployed in account {account.name}.",
                f"Run: {self.command('deploy')}",
            )
        return found

    def storage_outputs(self) -> dict[str, Any]:
        """The outputs of the storage that the stage uses, its own or another's; empty when it has none."""
        owner = self.stage.storage_stage
        if owner is None:
            return {}
        lender = self.organisation.stage(owner)
        found = state_bucket.outputs(self.cloud, lender.account, StageUnit.STORAGE.key(owner))
        if found is None:
            raise ToolError(
                f"The storage of stage {owner}, which {self.stage.name} uses, is not deployed.",
                f"Run: {self.command('deploy', owner)}",
            )
        return found

    def service_outputs(self) -> dict[str, dict[str, Any]]:
        """The outputs of each service of the stage that is deployed."""
        found = {
            path.name: state_bucket.outputs(self.cloud, self.stage.account, self.service_key(path))
            for path in self.services
        }
        return {name: outputs for name, outputs in found.items() if outputs is not None}

    def names(self, service: Path) -> dict[str, Any]:
        """The tree of names that the templates of `service` may refer to."""
        deployed: dict[str, Mapping[str, Any]] = dict(self.service_outputs())
        for mock in self.organisation.mocks.values():
            if not self.stage.settings.mocks and mock.service in references.services_before(service):
                deployed[mock.service] = {"api_url": self.mocked_url(mock.service)}
        settings = self.stage.settings
        return {
            "settings": {
                "project": self.organisation.project,
                "stage": self.stage.name,
                "service": names.aws_name(service.name),
                "region": self.organisation.region,
                "account_id": self.stage.account.id,
                "log_level": settings.log_level,
                "allowed_origins": settings.allowed_origins,
                "flags_kept_seconds": settings.flags_kept_seconds,
            },
            "account": self.account_outputs(),
            "storage": self.storage_outputs(),
            "stage": self.stage_outputs(),
            "services": deployed,
        }

    def mocked_url(self, service: str) -> str:
        """What a stage without mocks calls: the real thing, which on the local cloud another stage plays."""
        mock = self.organisation.mocks[service]
        if self.cloud.endpoint_url is None:
            return mock.api_url
        url: str = self.player(service).service_outputs()[service]["api_url"]
        return url

    def player(self, service: str) -> Layers:
        """The stage that plays an outside party on the local cloud."""
        return Layers(
            self.organisation,
            self.cloud,
            self.organisation.stage(self.organisation.mocks[service].local_stage),
        )

    @property
    def calls_mocks(self) -> bool:
        """Whether nothing outside is called: the stage has mocks, or others play them on the local cloud."""
        return self.stage.settings.mocks or self.cloud.endpoint_url is not None

    def players(self, services: Iterable[Path]) -> list[Layers]:
        """The stages that have to stand before these services of this one: they play what those call."""
        if self.cloud.endpoint_url is None or self.stage.settings.mocks:
            return []
        called = {name for service in services for name in references.services_before(service)}
        return [self.player(name) for name in sorted(called & self.organisation.mocks.keys())]

    def _own_api_domains(self, account: Account) -> set[str]:
        stages = [self.organisation.stage(name) for name in self.organisation.stages]
        return {
            stage.settings.api_domain
            for stage in stages
            if stage.account == account and stage.settings.api_domain
        }

    @property
    def _require_tls(self) -> bool:
        return self.cloud.endpoint_url is None or self.cloud.endpoint_url.startswith("https:")

    def command(self, name: str, stage: str = "", **more: str) -> str:
        """The make command `name` for this stage, or another one, on this cloud, as users are told it."""
        variables = {"ENV": stage or self.stage.name, **self.cloud.variables, **more}
        if variables["ENV"] == "local":
            variables.pop("CLOUD", None)
        return " ".join([f"make {name}", *(f"{key}={value}" for key, value in variables.items())])

    def _common(self, account: Account) -> dict[str, Any]:
        return {
            "project": self.organisation.project,
            "region": self.organisation.region,
            "account_id": account.id,
            "s3_use_path_style": self.cloud.endpoint_url is not None,
        }
