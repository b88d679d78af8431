"""If-Match (https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1)."""

import re

from shared.problems import BadRequest

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})*")
# Tags this service makes: a version, quoted. A weak tag never matches in If-Match, so W/"3" is none of them.
_VERSION = re.compile(r'(?<!W/)"([1-9][0-9]{0,17})"')
_MOST = 50


def versions(if_match: str | None) -> frozenset[int] | None:
    """The versions that the header allows; None if any will do (no header, or `*`).

    An empty set means that no version can match. Problem 400 if the header is malformed.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    if not _LIST.fullmatch(if_match.strip()):
        raise _malformed('must be * or versions in double quotes, such as "3"')
    tags = re.findall(_TAG, if_match)
    if len(tags) > _MOST:
        raise _malformed(f"names more than {_MOST} versions")
    return frozenset(int(found[1]) for tag in tags if (found := _VERSION.fullmatch(tag)))


def _malformed(detail: str) -> BadRequest:
    return BadRequest(
        "The If-Match header cannot be read.", errors=[{"header": "If-Match", "detail": detail}]
    )
