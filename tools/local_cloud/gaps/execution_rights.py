"""An execution of a state machine does what it does with the rights of its role, as any caller from outside.

MiniStack does it as the account's root, knows few integrations, and gives a machine any role.
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

import functools
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import botocore.exceptions
import botocore.session
from botocore.config import Config

from tools.local_cloud.patching import module, patch, require

Document = dict[str, Any]

_INVOKE = "arn:aws:states:::lambda:invoke"
_SDK = "arn:aws:states:::aws-sdk:"
# Of services that the SDK for Java, whose names Step Functions uses, calls otherwise than botocore.
_SERVICES = {"cloudwatchlogs": "logs", "eventbridge": "events", "sfn": "stepfunctions"}
_LONGEST_CALL = 15 * 60

# The execution on whose behalf this thread works.
_working_for: ContextVar[Document | None] = ContextVar("local_cloud_execution", default=None)
_making_clients = threading.Lock()


class _StoppedError(SystemExit):
    """Ends a thread that works for an execution which was stopped, past every Retry and Catch."""


def install() -> None:
    """Patch what an execution runs, what its tasks call, and which role a machine may get."""
    machines = module("services.stepfunctions")
    require(
        machines,
        "_AWS_SDK_ERROR_PREFIX",
        "_ExecutionError",
        "_executions",
        "_prefix_sdk_error",
        "_sdk_json_param_value",
        "_sdk_json_value",
        "_state_machines",
        "error_response_json",
    )
    require(module("services.sts"), "register_session")
    machines._AWS_SDK_ERROR_PREFIX["apigateway"] = "ApiGateway"
    patch(machines, "_run_execution", "exec_arn", _runs_for_its_role)
    patch(machines, "_invoke_resource", "resource input_data", _calls_as_its_role)
    for operation in ("_create_state_machine", "_update_state_machine"):
        patch(machines, operation, "data", _takes_only_a_role_that_it_may_assume)


def _runs_for_its_role(original: Callable[[str], None]) -> Callable[[str], None]:
    def run(exec_arn: str) -> None:
        token = _working_for.set(module("services.stepfunctions")._executions.get(exec_arn))
        try:
            original(exec_arn)
        finally:
            _working_for.reset(token)

    return run


def _calls_as_its_role(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    def invoke(resource: str, input_data: Any) -> Any:
        execution = _working_for.get()
        if execution is None:
            return original(resource, input_data)
        if execution["status"] != "RUNNING":
            raise _StoppedError
        if resource.startswith(_INVOKE):
            return _invoke_function(execution, input_data)
        if ":lambda:" in resource and ":function:" in resource:
            return _invoke_function(execution, {"FunctionName": resource, "Payload": input_data})["Payload"]
        if resource.startswith(_SDK):
            service, action = resource.removeprefix(_SDK).split(":")
            return _call(execution, service.lower(), action, input_data)
        return original(resource, input_data)

    return invoke


def _takes_only_a_role_that_it_may_assume(original: Callable[[Document], Any]) -> Callable[[Document], Any]:
    machines, evaluator = module("services.stepfunctions"), module("core.iam_evaluator")
    iam, responses = module("services.iam"), module("core.responses")
    require(evaluator, "_service_principal_matches", "evaluate_trust_policy", "EvalContext")

    def take(data: Document) -> Any:
        role_arn, here = str(data.get("roleArn") or ""), responses.get_account_id()
        if not role_arn.startswith(f"arn:aws:iam::{here}:role/"):
            return original(data)
        region = responses.get_region()
        machine = (
            data.get("stateMachineArn") or f"arn:aws:states:{region}:{here}:stateMachine:{data.get('name')}"
        )
        asked = evaluator.EvalContext(
            principal_arn="states.amazonaws.com",
            principal_type="Service",
            principal_account=here,
            action="sts:AssumeRole",
            resource_arn=role_arn,
            region=region,
            service_context={"aws:sourceaccount": here, "aws:sourcearn": machine},
        )
        role = iam._roles.get_scoped(here, None, role_arn.rpartition("/")[2]) or {}
        trust = role.get("AssumeRolePolicyDocument") or {}
        # MiniStack's evaluation of trust knows no services: the statements about this one are asked alone.
        statements = [
            statement | {"Principal": "*"}
            for statement in (json.loads(trust) if isinstance(trust, str) else trust).get("Statement", [])
            if evaluator._service_principal_matches(statement.get("Principal"), "states.amazonaws.com")
        ]
        if not evaluator.evaluate_trust_policy({"Statement": statements}, asked.principal_arn, asked):
            message = (
                "Neither the global service principal states.amazonaws.com, nor the regional one is "
                "authorized to assume the provided role."
            )
            return machines.error_response_json("AccessDeniedException", message, 400)
        return original(data)

    return take


def _invoke_function(execution: Document, arguments: Any) -> Document:
    """The optimised integration: the payload is JSON both ways, and a function's error is the task's."""
    machines = module("services.stepfunctions")
    asked = {name: value for name, value in arguments.items() if name != "Payload"}
    if "Payload" in arguments:
        asked["Payload"] = json.dumps(arguments["Payload"]).encode()
    try:
        answer = _client(execution, "lambda").invoke(**asked)
    except botocore.exceptions.ParamValidationError as error:
        raise machines._ExecutionError("States.Runtime", str(error)) from None
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        modelled = _client(execution, "lambda").meta.service_model.operation_model("Invoke").error_shapes
        known = code in {shape.name for shape in modelled}
        name = f"Lambda.{code if known else 'AWSLambdaException'}"
        raise machines._ExecutionError(name, error.response["Error"]["Message"]) from None
    text = answer["Payload"].read().decode()
    payload = json.loads(text) if text else None
    if answer.get("FunctionError"):
        kind = payload.get("errorType") if isinstance(payload, dict) else None
        raise machines._ExecutionError(kind or "Lambda.Unknown", text)
    return {
        "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
        "Payload": payload,
        "StatusCode": answer["StatusCode"],
    }


def _call(execution: Document, service: str, action: str, arguments: Any) -> Any:
    """Any operation of the SDK, with Step Functions' names of parameters, members and errors."""
    machines = module("services.stepfunctions")
    client = _client(execution, _SERVICES.get(service, service))
    operation = client.meta.service_model.operation_model(action[0].upper() + action[1:])
    shape = operation.input_shape
    asked = machines._sdk_json_param_value(arguments or {}, shape) if shape is not None else {}
    methods = {api: method for method, api in client.meta.method_to_api_mapping.items()}
    try:
        answer = getattr(client, methods[operation.name])(**asked)
    except botocore.exceptions.ParamValidationError as error:
        raise machines._ExecutionError("States.Runtime", str(error)) from None
    except botocore.exceptions.ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        # The SDK has a class for each error that an operation's model lists, and one for all others.
        if code not in {
            shape.metadata.get("error", {}).get("code", shape.name) for shape in operation.error_shapes
        }:
            prefix = machines._prefix_sdk_error(service, "")[:-1]
            code = f"{prefix}Exception"
        raise machines._ExecutionError(machines._prefix_sdk_error(service, code), message) from None
    answer.pop("ResponseMetadata", None)
    return machines._sdk_json_value(_plain(answer), operation.output_shape) if operation.output_shape else {}


def _plain(value: Any) -> Any:
    """What botocore answers as JSON."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if hasattr(value, "read"):
        value = value.read()
    return value.decode() if isinstance(value, bytes) else value


def _client(execution: Document, service: str) -> Any:
    """A client of this very cloud with a session of the execution's role."""
    machines, responses = module("services.stepfunctions"), module("core.responses")
    account_id, region = responses.get_account_id(), responses.get_region()
    machine = machines._state_machines.get(execution["stateMachineArn"]) or {}
    role = str(machine.get("roleArn", "")).rpartition("/")[2]
    digest = hashlib.sha256(f"{execution['executionArn']}:{role}".encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", digest[16:56], f"{digest}{digest[::-1]}"
    session = {
        "Arn": f"arn:aws:sts::{account_id}:assumed-role/{role}/{execution['name'][:64]}",
        "UserId": f"{role}:{execution['name'][:64]}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": time.time() + 2 * _LONGEST_CALL,
    }
    module("services.sts").register_session(key, session)
    with _making_clients:
        return _made_client(service, region, key, secret, token)


@functools.lru_cache(maxsize=64)
def _made_client(service: str, region: str, key: str, secret: str, token: str) -> Any:
    return botocore.session.Session().create_client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(
            retries={"total_max_attempts": 1}, read_timeout=_LONGEST_CALL + 60, max_pool_connections=20
        ),
    )
