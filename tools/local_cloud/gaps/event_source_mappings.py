"""A queue is mapped to a function, a version or an alias once; doing it again is refused.

MiniStack makes a second mapping, so that a creation that is repeated, as an SDK does when the answer is lost,
leaves one that no state knows.
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html#API_CreateEventSourceMapping_Errors
"""

from collections.abc import Callable
from typing import Any

from tools.local_cloud.patching import module, patch, require


def install() -> None:
    """Patch the making of mappings."""
    functions = module("services.lambda_svc")
    require(functions, "_esms", "_resolve_request_scoped_name_and_qualifier", "error_response_json")

    def make(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
        def create(data: dict[str, Any]) -> Any:
            source = data.get("EventSourceArn")
            name, qualifier = functions._resolve_request_scoped_name_and_qualifier(
                data.get("FunctionName", "")
            )
            wanted = (source, name, qualifier)
            for made in functions._esms.values():
                if wanted == (made["EventSourceArn"], made["FunctionName"], made["Qualifier"]):
                    return functions.error_response_json(
                        "ResourceConflictException",
                        f'An event source mapping with SQS arn (" {source} ") and function (" {name} ") '
                        "already exists. Please update or delete the existing mapping with UUID "
                        f"{made['UUID']}",
                        409,
                    )
            return original(data)

        return create

    patch(functions, "_create_esm", "data", make)
