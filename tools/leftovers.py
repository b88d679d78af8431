"""What an interrupted deploy made and no state knows: found in the cloud by what a plan says of it.

`KINDS` says for each kind of resource how. What is not there (topics, queues, alarms, policies, settings) can
be made a second time without harm: AWS takes it for the same one. A user pool's client cannot be taken over:
an imported one would be replaced, as nobody can read whether it has a secret. One that nobody uses stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

Values = Mapping[str, Any]
Clients = Callable[[str], Any]  # a boto3 client of the named service, in the unit's account
_OURS = ("project", "stage", "service", "account")  # the tags that tell whose a resource is


@dataclass(frozen=True)
class Kind:
    """How to find a resource: `known_by` names the attributes that tell it from all others of its kind.

    `find` takes clients and the planned values and gives the ids under which Terraform imports what it found;
    more than one where the cloud lets several have the same name.
    """

    known_by: tuple[str, ...]
    find: Callable[[Clients, Values], Iterable[str]]


def find(clients: Clients, kind: str, values: Values) -> list[str]:
    """The import ids of what exists already under the planned values; none where they are not known yet."""
    how = KINDS.get(kind)
    if how is None or any(values.get(name) is None for name in how.known_by if name != "id"):
        return []
    try:
        return list(how.find(clients, values))
    except ClientError as error:
        if _says_missing(error):
            return []
        raise


def _says_missing(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status == 404 or "NotFound" in code or code in ("NoSuchEntity", "NoSuchHostedZone", "NoSuchBucket")


def _with(service: str, operation: str, import_id: str, **arguments: str) -> Callable[..., list[str]]:
    """Ask for the one resource; `arguments` say which planned value goes into which parameter.

    `import_id` is a format, filled with the planned values.
    """

    def ask(clients: Clients, values: Values) -> list[str]:
        given = {parameter: values[name] for parameter, name in arguments.items()}
        getattr(clients(service), operation)(**given)
        return [import_id.format(**values)]

    return ask


def _pages(clients: Clients, service: str, operation: str, items: str, **arguments: Any) -> Iterable[Any]:
    pages = clients(service).get_paginator(operation).paginate(**arguments)
    return (item for page in pages for item in page.get(items, []))


def _is_ours(values: Values, tags: Mapping[str, str]) -> bool:
    """Whether the tags say that it is what the plan wants to make, and not another of the same name."""
    planned = values.get("tags_all") or {}
    return bool(planned) and all(tags.get(name) == planned.get(name) for name in _OURS)


def _listed(tags: Iterable[Mapping[str, str]], key: str = "Key", value: str = "Value") -> dict[str, str]:
    return {tag[key]: tag[value] for tag in tags}


def _bucket(clients: Clients, values: Values) -> list[str]:
    try:
        clients("s3").head_bucket(Bucket=values["bucket"])
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 403:  # another account's
            return []
        raise
    return [values["bucket"]]


def _log_group(clients: Clients, values: Values) -> list[str]:
    groups = _pages(clients, "logs", "describe_log_groups", "logGroups", logGroupNamePrefix=values["name"])
    return [group["logGroupName"] for group in groups if group["logGroupName"] == values["name"]]


def _permission(clients: Clients, values: Values) -> list[str]:
    function, qualifier, statement = values["function_name"], values.get("qualifier"), values["statement_id"]
    asked = {"FunctionName": function} | ({"Qualifier": qualifier} if qualifier else {})
    policy = json.loads(clients("lambda").get_policy(**asked)["Policy"])
    place = f"{function}:{qualifier}" if qualifier else function
    return [f"{place}/{statement}" for one in policy["Statement"] if one["Sid"] == statement]


def _event_source(clients: Clients, values: Values) -> list[str]:
    found = _pages(
        clients,
        "lambda",
        "list_event_source_mappings",
        "EventSourceMappings",
        EventSourceArn=values["event_source_arn"],
        FunctionName=values["function_name"],
    )
    return [mapping["UUID"] for mapping in found]


def _secret(clients: Clients, values: Values) -> list[str]:
    found = clients("secretsmanager").describe_secret(SecretId=values["name"])
    return [] if found.get("DeletedDate") else [found["ARN"]]


def _rest_api(clients: Clients, values: Values) -> list[str]:
    apis = _pages(clients, "apigateway", "get_rest_apis", "items")
    return [
        api["id"] for api in apis if api["name"] == values["name"] and _is_ours(values, api.get("tags") or {})
    ]


def _user_pool(clients: Clients, values: Values) -> list[str]:
    cognito = clients("cognito-idp")
    pools = _pages(clients, "cognito-idp", "list_user_pools", "UserPools", MaxResults=60)
    named = [pool["Id"] for pool in pools if pool["Name"] == values["name"]]
    described = [cognito.describe_user_pool(UserPoolId=found)["UserPool"] for found in named]
    return [pool["Id"] for pool in described if _is_ours(values, pool.get("UserPoolTags") or {})]


def _identity_pool(clients: Clients, values: Values) -> list[str]:
    cognito, name = clients("cognito-identity"), values["identity_pool_name"]
    pools = _pages(clients, "cognito-identity", "list_identity_pools", "IdentityPools", MaxResults=60)
    named = [pool["IdentityPoolId"] for pool in pools if pool["IdentityPoolName"] == name]
    described = [cognito.describe_identity_pool(IdentityPoolId=found) for found in named]
    return [
        pool["IdentityPoolId"] for pool in described if _is_ours(values, pool.get("IdentityPoolTags") or {})
    ]


def _zone(clients: Clients, values: Values) -> list[str]:
    route53 = clients("route53")
    zones = route53.list_hosted_zones_by_name(DNSName=values["name"])["HostedZones"]
    ids = [
        zone["Id"].rsplit("/", 1)[-1]
        for zone in zones
        if zone["Name"].rstrip(".") == values["name"].rstrip(".")
    ]
    return [found for found in ids if _is_ours(values, _zone_tags(route53, found))]


def _zone_tags(route53: Any, zone: str) -> dict[str, str]:
    answer = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone)
    return _listed(answer["ResourceTagSet"].get("Tags", []))


def _record(clients: Clients, values: Values) -> list[str]:
    zone, name, kind = values["zone_id"], values["name"].rstrip("."), values["type"]
    found = clients("route53").list_resource_record_sets(
        HostedZoneId=zone, StartRecordName=name, StartRecordType=kind, MaxItems="1"
    )["ResourceRecordSets"]
    same = [one for one in found if one["Name"].rstrip(".") == name and one["Type"] == kind]
    return [f"{zone}_{name}_{kind}" for _ in same]


def _certificate(clients: Clients, values: Values) -> list[str]:
    acm = clients("acm")
    listed = _pages(
        clients,
        "acm",
        "list_certificates",
        "CertificateSummaryList",
        CertificateStatuses=["PENDING_VALIDATION", "ISSUED"],
    )
    named = [one["CertificateArn"] for one in listed if one["DomainName"] == values["domain_name"]]
    return [
        arn
        for arn in named
        if _is_ours(values, _listed(acm.list_tags_for_certificate(CertificateArn=arn).get("Tags", [])))
    ]


def _key(clients: Clients, values: Values) -> list[str]:
    kms = clients("kms")
    ids = [key["KeyId"] for key in _pages(clients, "kms", "list_keys", "Keys")]
    keys = [kms.describe_key(KeyId=found)["KeyMetadata"] for found in ids]
    alike = [
        key["KeyId"]
        for key in keys
        if key.get("Description") == values["description"] and key["KeyState"] == "Enabled"
    ]
    tags = {
        found: _listed(kms.list_resource_tags(KeyId=found).get("Tags", []), "TagKey", "TagValue")
        for found in alike
    }
    return [found for found in alike if _is_ours(values, tags[found])]


def _flag_application(clients: Clients, values: Values) -> list[str]:
    applications = _pages(clients, "appconfig", "list_applications", "Items")
    named = [one["Id"] for one in applications if one["Name"] == values["name"]]
    return [found for found in named if _has_flag_tags(clients, values, f"application/{found}")]


def _flag_environment(clients: Clients, values: Values) -> list[str]:
    application = values["application_id"]
    found = _pages(clients, "appconfig", "list_environments", "Items", ApplicationId=application)
    return [f"{one['Id']}:{application}" for one in found if one["Name"] == values["name"]]


def _flag_profile(clients: Clients, values: Values) -> list[str]:
    application = values["application_id"]
    found = _pages(clients, "appconfig", "list_configuration_profiles", "Items", ApplicationId=application)
    return [f"{one['Id']}:{application}" for one in found if one["Name"] == values["name"]]


def _flag_strategy(clients: Clients, values: Values) -> list[str]:
    strategies = _pages(clients, "appconfig", "list_deployment_strategies", "Items")
    named = [one["Id"] for one in strategies if one["Name"] == values["name"]]
    return [found for found in named if _has_flag_tags(clients, values, f"deploymentstrategy/{found}")]


def _has_flag_tags(clients: Clients, values: Values, resource: str) -> bool:
    appconfig = clients("appconfig")
    account = clients("sts").get_caller_identity()["Account"]
    arn = f"arn:aws:appconfig:{appconfig.meta.region_name}:{account}:{resource}"
    return _is_ours(values, appconfig.list_tags_for_resource(ResourceArn=arn)["Tags"])


def _key_alias(clients: Clients, values: Values) -> list[str]:
    aliases = _pages(clients, "kms", "list_aliases", "Aliases")
    return [alias["AliasName"] for alias in aliases if alias["AliasName"] == values["name"]]


KINDS: Mapping[str, Kind] = {
    "aws_acm_certificate": Kind(("domain_name", "id"), _certificate),
    "aws_api_gateway_base_path_mapping": Kind(
        ("domain_name", "base_path"),
        _with(
            "apigateway",
            "get_base_path_mapping",
            "{domain_name}/{base_path}",
            domainName="domain_name",
            basePath="base_path",
        ),
    ),
    "aws_api_gateway_domain_name": Kind(
        ("domain_name",),
        _with("apigateway", "get_domain_name", "{domain_name}", domainName="domain_name"),
    ),
    "aws_api_gateway_rest_api": Kind(("name", "id"), _rest_api),
    "aws_api_gateway_stage": Kind(
        ("rest_api_id", "stage_name"),
        _with(
            "apigateway",
            "get_stage",
            "{rest_api_id}/{stage_name}",
            restApiId="rest_api_id",
            stageName="stage_name",
        ),
    ),
    "aws_appconfig_application": Kind(("name", "id"), _flag_application),
    "aws_appconfig_configuration_profile": Kind(("application_id", "name"), _flag_profile),
    "aws_appconfig_deployment_strategy": Kind(("name", "id"), _flag_strategy),
    "aws_appconfig_environment": Kind(("application_id", "name"), _flag_environment),
    "aws_cloudwatch_log_group": Kind(("name",), _log_group),
    "aws_cognito_identity_pool": Kind(("identity_pool_name", "id"), _identity_pool),
    "aws_cognito_user_pool": Kind(("name", "id"), _user_pool),
    "aws_dynamodb_table": Kind(("name",), _with("dynamodb", "describe_table", "{name}", TableName="name")),
    "aws_iam_role": Kind(("name",), _with("iam", "get_role", "{name}", RoleName="name")),
    "aws_kms_alias": Kind(("name",), _key_alias),
    "aws_kms_key": Kind(("description", "id"), _key),
    "aws_lambda_alias": Kind(
        ("function_name", "name"),
        _with("lambda", "get_alias", "{function_name}/{name}", FunctionName="function_name", Name="name"),
    ),
    "aws_lambda_event_source_mapping": Kind(("event_source_arn", "function_name"), _event_source),
    "aws_lambda_function": Kind(
        ("function_name",),
        _with("lambda", "get_function", "{function_name}", FunctionName="function_name"),
    ),
    "aws_lambda_permission": Kind(("function_name", "statement_id"), _permission),
    "aws_route53_record": Kind(("zone_id", "name", "type"), _record),
    "aws_route53_zone": Kind(("name", "id"), _zone),
    "aws_s3_bucket": Kind(("bucket",), _bucket),
    "aws_secretsmanager_secret": Kind(("name",), _secret),
}
