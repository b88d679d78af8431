"""A Chalice app with what every API here does alike: problem documents, CORS, one log line per request."""

import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from chalice.app import Chalice, CORSConfig, Request, Response

from shared import logs, problems, tracing

_ALLOWED_HEADERS = ["If-Match", "Idempotency-Key"]
_EXPOSED_HEADERS = ["ETag", "Retry-After"]


def create_app(name: str) -> Chalice:
    """The app of service `name`: errors become problem documents, answers get CORS headers and a log line."""
    os.environ.setdefault("SERVICE", name)
    app = Chalice(app_name=name, configure_logs=False)
    app.log = logging.getLogger(logs.logger().service)  # the one that Powertools writes through
    app.api.cors = CORSConfig(
        _preflight_origin(), allow_headers=_ALLOWED_HEADERS, expose_headers=_EXPOSED_HEADERS
    )
    app.register_middleware(_answer, "http")
    for event_type in ("sns", "sqs", "scheduled", "cloudwatch", "pure_lambda"):
        app.register_middleware(_observe, event_type)
    tracing.trace("botocore")
    return app


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON; text stays UTF-8, which is shorter than Chalice's escapes."""
    return _response(body, status, {"Content-Type": "application/json", **(headers or {})})


def allowed_origins() -> list[str]:
    """ALLOWED_ORIGINS as a list; every origin where none is named, which IAM's signatures make harmless."""
    named = [origin.strip() for origin in os.environ.get("ALLOWED_ORIGINS", "").split(",")]
    return [origin for origin in named if origin] or ["*"]


def _preflight_origin() -> str:
    # API Gateway answers preflights from a fixed text and cannot choose among several origins. With more than
    # one it lets every origin ask; the answer proper names the caller's origin only if it is an allowed one.
    origins = allowed_origins()
    return origins[0] if len(origins) == 1 else "*"


def _answer(request: Request | None, get_response: Callable[[Any], Response]) -> Response:
    started = time.perf_counter()
    request_id = logs.begin(getattr(request, "lambda_context", None))
    if request is None:  # not an event of API Gateway; Chalice says so
        return get_response(request)
    try:
        response = get_response(request)
    except problems.Problem as problem:
        response = _response(
            problem.document(), problem.status, {"Content-Type": problems.MEDIA_TYPE, **problem.headers}
        )
    if _is_chalice_error(response):
        response = _problem_for(response, request_id)
    response.headers.update(_cors_headers(request))
    logs.logger().info(
        "request",
        extra={
            "method": request.method,
            "route": request.path,
            "status": int(response.status_code),
            "duration_ms": round((time.perf_counter() - started) * 1000, 1),
        },
    )
    return response


def _observe(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """For handlers of events: the ids on every line, and a failure logged before Lambda tries again."""
    logs.begin(event.context)
    try:
        return get_response(event)
    except Exception:
        logs.logger().exception("event failed")
        raise


def _response(body: Any, status: int, headers: dict[str, Any]) -> Response:
    return Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")), headers=headers, status_code=int(status)
    )


def _is_chalice_error(response: Response) -> bool:
    return response.status_code >= 400 and response.headers.get("Content-Type") != problems.MEDIA_TYPE


def _problem_for(response: Response, request_id: str) -> Response:
    """Chalice's own errors: {"Code", "Message"}, or a traceback as text in its debug mode."""
    status = response.status_code
    headers: dict[str, Any] = {"Content-Type": problems.MEDIA_TYPE}
    if status >= 500:  # Chalice has logged the exception with its stack
        detail = f"Something went wrong here. Try again; if it stays, report request {request_id}."
        return _response(problems.document(500, detail, request_id=request_id), 500, headers)
    detail = response.body["Message"] if isinstance(response.body, dict) else str(response.body)
    if status == 415:  # whatever is wrong with the request itself is a 400
        status, detail = 400, "The body must be JSON with Content-Type: application/json."
    if "Allow" in response.headers:
        headers["Allow"] = response.headers["Allow"]
    return _response(problems.document(status, detail), status, headers)


def _cors_headers(request: Request) -> dict[str, str]:
    origins = allowed_origins()
    asking = request.headers.get("origin")
    headers: dict[str, str] = {
        "Access-Control-Allow-Origin": asking if asking in origins else origins[0],
        "Access-Control-Expose-Headers": ",".join(_EXPOSED_HEADERS),
    }
    return headers if len(origins) == 1 else {**headers, "Vary": "Origin"}
