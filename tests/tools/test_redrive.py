"""Dead letters of a stage."""

from __future__ import annotations

import json

from tools import redrive

EVENT = {"Records": [{"Sns": {"Message": "m", "Subject": "s"}}]}


def test_the_event_in_a_dead_letter_is_found_in_each_of_its_forms() -> None:
    topic = "arn:aws:sns:us-east-1:1:t"
    assert redrive.event_of({"requestPayload": EVENT, "responsePayload": {}}, topic) == EVENT
    assert redrive.event_of(EVENT, topic) == EVENT
    (record,) = redrive.event_of({"Type": "Notification", "Message": "m", "Subject": "s"}, topic)["Records"]
    assert (record["EventSource"], record["Sns"]["Message"], record["Sns"]["Subject"]) == (
        "aws:sns",
        "m",
        "s",
    )


def test_a_notification_without_subject_and_attributes_has_them_empty() -> None:
    (record,) = redrive.event_of(json.loads('{"Message": "m"}'), "t")["Records"]
    assert record["Sns"] == {"Message": "m", "Subject": None, "MessageAttributes": {}}
