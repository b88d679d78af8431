"""An execution has one name and one end: stopped is stopped, in time or timed out, and every end is measured.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

import contextvars
import json
import threading
from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require

Document = dict[str, Any]

_METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}


def install() -> None:
    """Patch how executions start and end."""
    machines = module("services.stepfunctions")
    require(
        machines,
        "_add_event",
        "_executions",
        "_resolve_state_machine_arn",
        "_state_machines",
        "json_response",
        "now_iso",
    )
    patch(machines, "_start_execution", "data", _starts_once)
    patch(machines, "_run_execution", "exec_arn", _times_out)
    patch(machines, "_fail_execution", "execution error cause", _fails_only_what_runs)
    patch(machines, "_emit_execution_status_event", "execution", _measures)


def _starts_once(original: Callable[[Document], Any]) -> Callable[[Document], Any]:
    """The same name with the same input while it runs is the same execution, and starts nothing."""
    machines = module("services.stepfunctions")

    def start(data: Document) -> Any:
        asked = str(data.get("stateMachineArn", ""))
        machine = machines._resolve_state_machine_arn(asked)
        name = machine.replace(":stateMachine:", ":execution:") if machine else ""
        found = machines._executions.get(f"{name}:{data['name']}") if data.get("name") else None
        if found and found["status"] == "RUNNING" and found["input"] == data.get("input", "{}"):
            return machines.json_response(
                {"executionArn": found["executionArn"], "startDate": found["startDate"]}
            )
        return original(data)

    return start


def _times_out(original: Callable[[str], None]) -> Callable[[str], None]:
    """TimeoutSeconds of the whole machine."""
    machines = module("services.stepfunctions")

    def end(execution: Document) -> None:
        if execution["status"] != "RUNNING":
            return
        execution.update(status="TIMED_OUT", stopDate=machines.now_iso(), error="States.Timeout")
        machines._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
        machines._emit_execution_status_event(execution)

    def run(exec_arn: str) -> None:
        execution = machines._executions.get(exec_arn) or {}
        machine = machines._state_machines.get(execution.get("stateMachineArn")) or {}
        seconds = json.loads(machine.get("definition") or "{}").get("TimeoutSeconds")
        if not seconds:
            original(exec_arn)
            return
        timer = threading.Timer(seconds, contextvars.copy_context().run, (end, execution))
        timer.daemon = True
        timer.start()
        try:
            original(exec_arn)
        finally:
            timer.cancel()

    return run


def _fails_only_what_runs(original: Callable[..., None]) -> Callable[..., None]:
    def fail(execution: Document, error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            original(execution, error, cause)

    return fail


def _measures(original: Callable[[Document], None]) -> Callable[[Document], None]:
    def emit(execution: Document) -> None:
        original(execution)
        record = module("services.cloudwatch").record_metric
        measured = {"StateMachineArn": execution["stateMachineArn"]}
        record("AWS/States", _METRICS[execution["status"]], 1, "Count", measured)

    return emit
