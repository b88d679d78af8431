"""The rights of a role for a pipeline on GitHub, asked for anew whenever a program needs them.

AWS's SDKs and Terraform run this as a profile's `credential_process`: the job's token is fetched from
GitHub, exchanged for a session of the role, and printed for the program that asked. No key and no token lies
on a disk, and no job is too long: GitHub's token is good for minutes, the session for an hour.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
https://docs.github.com/en/actions/reference/security/oidc
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

Called as `web_identity.py <ARN of the role> <region>`, with nothing but the standard library: it runs once
for each process that needs rights, and boto3 alone takes longer to start.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

AUDIENCE = "sts.amazonaws.com"
ASK_AT, ASK_WITH = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
SECONDS = 20
_LASTS = 3600  # what a role allows unless it says otherwise
_NAMESPACE = "{https://sts.amazonaws.com/doc/2011-06-15/}"


def main(role_arn: str, region: str) -> int:
    """Print the credentials of the role as AWS's programs read them. Exit status 1 where there are none."""
    if not os.environ.get(ASK_AT):
        return _failed("this job gets no token of GitHub's: it lacks the permission id-token: write")
    try:
        print(json.dumps(credentials(role_arn, region)))
    except urllib.error.HTTPError as error:
        return _failed(f"{role_arn} was refused: {error.code} {_said(error)}")
    except (OSError, ValueError) as error:
        return _failed(f"{role_arn} cannot be assumed: {error}")
    return 0


def credentials(role_arn: str, region: str) -> dict[str, str | int]:
    """A session of the role, for the token of this job."""
    given = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": role_arn,
        "RoleSessionName": f"github-{os.environ.get('GITHUB_RUN_ID', '0')}",
        "DurationSeconds": str(_LASTS),
        "WebIdentityToken": _token(),
    }
    address = os.environ.get("AWS_ENDPOINT_URL_STS") or f"https://sts.{region}.amazonaws.com"
    answer = ET.fromstring(_answer(address, urllib.parse.urlencode(given).encode()))  # noqa: S314 - AWS's
    found = {part: answer.findtext(f".//{_NAMESPACE}{part}") or "" for part in _PARTS}
    if not all(found.values()):
        raise ValueError("AWS's answer has no credentials")
    return {"Version": 1, **found}


_PARTS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


def _token() -> str:
    address = f"{os.environ[ASK_AT]}&audience={AUDIENCE}"
    token: str = json.loads(_answer(address, bearer=os.environ[ASK_WITH]))["value"]
    return token


def _answer(address: str, body: bytes | None = None, bearer: str = "") -> bytes:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - GitHub's and AWS's addresses
    with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
        content: bytes = response.read()
    return content


def _said(error: urllib.error.HTTPError) -> str:
    """AWS's own words; never the token."""
    try:
        return ET.fromstring(error.read()).findtext(f".//{_NAMESPACE}Message") or ""  # noqa: S314
    except ET.ParseError:
        return ""


def _failed(words: str) -> int:
    print(words, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
