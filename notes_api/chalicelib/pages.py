"""How large a page of notes may be."""

import json
from typing import Any

# Lambda's answer may be 6 MB (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
MOST_BYTES = 5_000_000


def wire_size(document: dict[str, Any]) -> int:
    """Bytes that a note takes in Lambda's answer: JSON in a string of JSON, escaped to ASCII."""
    return len(json.dumps(json.dumps(document, ensure_ascii=False)))
