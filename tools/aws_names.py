"""The AWS names that this project's Terraform makes, read from its text and from what is deployed.

A name is made of variables alone (`"${var.project}-${var.stage}-notes"`), handed from root to module, so it
is known before anything is planned. Names with parts that are only known later (ids) are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tools import names, references
from tools.paths import TERRAFORM

# The attribute that names a resource, where that is not `name`.
_NAMED_BY = {
    "aws_chatbot_slack_channel_configuration": "configuration_name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_cognito_identity_pool": "identity_pool_name",
    "aws_lambda_function": "function_name",
    "aws_s3_bucket": "bucket",
}
# The longest names that AWS takes:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
LONGEST = {
    "aws_iam_role": 64,
    "aws_lambda_function": 64,
    "aws_s3_bucket": 63,
    "aws_sqs_queue": 80,
    "aws_sfn_state_machine": 80,
}
_BASE_PATH = "aws_api_gateway_base_path_mapping"
_API_HANDLER = "api_handler"  # what Chalice calls the function behind a REST API

_BLOCK = re.compile(
    r'^(resource|module|locals) ?(?:"([^"]+)")? ?(?:"[^"]+")? ?\{\n(.*?)^\}', re.MULTILINE | re.DOTALL
)
_ATTRIBUTE = re.compile(r"^  (\w+) += (.+)$", re.MULTILINE)
_TEXT = re.compile(r'"([^"]*)"(?:\s+#.*)?')
_PART = re.compile(r"\$\{([^}]*)\}")
_FUNCTION = re.compile(r"local\.function_names\[.+\]|module\.function\[.+\]\.name")

Known = Mapping[str, str]  # by the expression that stands for it, such as var.project


@dataclass(frozen=True)
class AwsName:
    """A name, and the kind of resource (Terraform's type) that has it: two of one kind cannot both."""

    kind: str
    name: str

    @property
    def too_long(self) -> bool:
        """Whether AWS takes no name of that length."""
        return len(self.name) > LONGEST.get(self.kind, len(self.name))


def of_root(root: str, **variables: str) -> set[AwsName]:
    """The names that a root (a folder of terraform/) makes when it is applied with these variables."""
    known = {f"var.{name}": value for name, value in variables.items()}
    return _ours(_made(TERRAFORM / root, known), variables["project"])


def of_service(project: str, stage: str, service: Path) -> dict[str, set[AwsName]]:
    """The names that a service makes in a stage, by function; those that it has once by its own name."""
    name = f"{project}-{stage}-{names.aws_name(service.name)}"
    folder, known = TERRAFORM / "modules" / "chalice_service", {"var.name": name}
    once = _ours(_made(folder, known), project)
    found = {service.name: once}
    for function in functions(service):
        own = name if function == _API_HANDLER else f"{name}-{names.aws_name(function)}"
        made = _ours(_made(folder, known | {_FUNCTION.pattern: own}), project)
        found[f"{service.name}.{function}"] = made - once
    return found


def functions(service: Path) -> list[str]:
    """The functions of a service, as its committed files name them: a policy and a trial for each."""
    found = {references.function(policy) for policy in references.templates(service)[1:]}
    if references.loose(service).get("base_path") is not None:
        found.add(_API_HANDLER)
    trials = service / ".chalice" / "smoke.json"
    if trials.exists():
        found |= json.loads(trials.read_text()).keys()
    return sorted(found)


def in_state(state: Mapping[str, Any], project: str) -> set[AwsName]:
    """The names of what a state holds."""
    found = [
        (resource["type"], instance["attributes"])
        for resource in state["resources"]
        if resource.get("mode") == "managed"
        for instance in resource["instances"]
    ]
    named = (AwsName(kind, str(values.get(_attribute(kind)) or "")) for kind, values in found)
    mapped = {
        base_path(values["domain_name"], values["base_path"])
        for kind, values in found
        if kind == _BASE_PATH and values.get("base_path")
    }
    return _ours(named, project) | mapped


def base_path(domain: str, path: str) -> AwsName:
    """A base path of an API's domain name: one service answers under it."""
    return AwsName(_BASE_PATH, f"{domain}/{path}")


def api_domain(domain: str) -> AwsName:
    """The domain name of a stage's APIs."""
    return AwsName("aws_api_gateway_domain_name", domain)


def _ours(found: Iterable[AwsName], project: str) -> set[AwsName]:
    """Only those with the project's prefix: others are a resource's own, as a policy's is inside its role."""
    return {one for one in found if f"{project}-" in one.name}


def _made(folder: Path, known: Known) -> Iterator[AwsName]:
    blocks = _blocks(folder)
    known = dict(known)
    for kind, _, attributes in blocks:
        if kind == "locals":
            for name, text in attributes.items():
                if (value := _value(text, known)) is not None:
                    known[f"local.{name}"] = value
    for kind, label, attributes in blocks:
        if kind == "resource":
            named = _value(attributes.get(_attribute(label), ""), known)
            if named is not None:
                yield AwsName(label, named)
        elif kind == "module":
            given = {f"var.{name}": _value(text, known) for name, text in attributes.items()}
            source = _value(attributes["source"], {})
            inside = {name: value for name, value in given.items() if value is not None}
            yield from _made((folder / str(source)).resolve(), inside)


def _attribute(kind: str) -> str:
    return _NAMED_BY.get(kind, "name")


@cache
def _blocks(folder: Path) -> list[tuple[str, str, dict[str, str]]]:
    """The blocks of a folder's files: kind, first label, and the attributes that stand on one line."""
    text = "".join(path.read_text() for path in sorted(folder.glob("*.tf")))
    return [(block[1], block[2] or "", dict(_ATTRIBUTE.findall(block[3]))) for block in _BLOCK.finditer(text)]


def _value(expression: str, known: Known) -> str | None:
    """What an expression is, as far as it is text and known variables; None for any other."""
    if text := _TEXT.fullmatch(expression):
        parts = {part: _looked_up(part, known) for part in _PART.findall(text[1])}
        if None in parts.values():
            return None
        return _PART.sub(lambda part: str(parts[part[1]]), text[1])
    return _looked_up(expression, known)


def _looked_up(expression: str, known: Known) -> str | None:
    return known.get(_FUNCTION.pattern if _FUNCTION.fullmatch(expression) else expression)
