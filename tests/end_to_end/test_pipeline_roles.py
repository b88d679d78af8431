"""Which pipelines an account's roles trust, tried with tokens as GitHub makes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.end_to_end.checkouts import Checkout
from tests.end_to_end.conftest import Deployed
from tests.end_to_end.rights import may
from tools import roles
from tools.names import Role

DEPLOYS, LOOKS = "repo:team/notes:environment:dev", "repo:team/notes:pull_request"

MayAssume = Callable[..., bool]


@pytest.fixture(scope="module")
def may_assume(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MayAssume]:
    """Whether a token gets a role of the account dev, which trusts one subject for each role."""
    checkout = Checkout.made(tmp_path_factory.mktemp("trusting"), deployed)
    file = checkout.folder / "terraform" / "stages.toml"
    trusting = f'[accounts.dev]\ngithub_subjects = ["{DEPLOYS}"]\ngithub_reader_subjects = ["{LOOKS}"]'
    file.write_text(file.read_text().replace("[accounts.dev]", trusting, 1))
    made = checkout.command("account", "local")
    assert made.returncode == 0, made.stderr
    sts = boto3.client(
        "sts",
        endpoint_url=deployed.cloud.endpoint_url,
        region_name=deployed.cloud.region,
        config=Config(signature_version=UNSIGNED),
    )

    def assume(role: Role, subject: str, audience: str = "sts.amazonaws.com") -> bool:
        arn = roles.arn("notes", deployed.organisation.accounts["dev"], role)
        token = _token(subject, audience)
        return may(
            lambda: sts.assume_role_with_web_identity(
                RoleArn=arn, RoleSessionName="pipeline", WebIdentityToken=token
            )
        )

    yield assume
    assert deployed.command("account", "local").returncode == 0


def _token(subject: str, audience: str) -> str:
    """Unsigned: the local cloud checks what a token says and nobody's signature."""
    claims = {"iss": "https://token.actions.githubusercontent.com", "aud": audience, "sub": subject}
    parts = [{"alg": "none"}, claims]
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "x"]
    )


def test_a_subject_gets_the_role_that_it_is_named_for_and_no_other(may_assume: MayAssume) -> None:
    assert may_assume("deployer", DEPLOYS)
    assert may_assume("reader", LOOKS)
    assert not may_assume("deployer", LOOKS)
    assert not may_assume("reader", DEPLOYS)


@pytest.mark.parametrize(
    "subject",
    [
        "repo:else/notes:environment:dev",
        "repo:team/notes:environment:development",
        "repo:team/notes:ref:refs/heads/main",
        "repo:team/notes:pull_request:x",
    ],
)
def test_another_subject_gets_nothing(may_assume: MayAssume, subject: str) -> None:
    assert not may_assume("deployer", subject)
    assert not may_assume("reader", subject)


def test_a_token_for_somebody_else_gets_nothing(may_assume: MayAssume) -> None:
    assert not may_assume("deployer", DEPLOYS, "https://github.com/team")
