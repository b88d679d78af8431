"""A queue has one mapping for a function, and another for its alias."""

import pytest
from botocore.exceptions import ClientError

from tests.local_cloud.conftest import Cloud, make_function


def test_a_second_mapping_of_the_same_is_refused_by_the_name_of_the_first(cloud: Cloud) -> None:
    sqs, functions = cloud.client("sqs"), cloud.client("lambda")
    function = make_function(cloud, "mapped", "def handler(event, context):\n    pass\n")
    version = functions.publish_version(FunctionName="mapped")["Version"]
    alias = functions.create_alias(FunctionName="mapped", Name="live", FunctionVersion=version)["AliasArn"]
    arns = []
    for name in ("mapped", "mapped-too"):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arns.append(found["Attributes"]["QueueArn"])
    queue, other = arns

    first = functions.create_event_source_mapping(EventSourceArn=queue, FunctionName=alias)["UUID"]
    with pytest.raises(ClientError, match=f"already exists.* UUID {first}") as refused:
        functions.create_event_source_mapping(EventSourceArn=queue, FunctionName=alias)
    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409

    functions.create_event_source_mapping(EventSourceArn=queue, FunctionName=function)
    functions.create_event_source_mapping(EventSourceArn=other, FunctionName=alias)
    mapped = functions.list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]
    assert sorted(each["FunctionArn"] for each in mapped) == sorted([alias, function])

    functions.delete_event_source_mapping(UUID=first)
    functions.create_event_source_mapping(EventSourceArn=queue, FunctionName=alias)
