"""A secret without a value."""

import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import Cloud


def test_a_secret_made_without_a_value_has_none_until_one_is_put(cloud: Cloud) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="empty")
    assert not secrets.describe_secret(SecretId="empty").get("VersionIdsToStages")
    with pytest.raises(ClientError) as refused:
        secrets.get_secret_value(SecretId="empty")
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"

    secrets.put_secret_value(SecretId="empty", SecretString="now")

    assert secrets.get_secret_value(SecretId="empty")["SecretString"] == "now"
