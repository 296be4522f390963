"""What is in a text is enough to read with: no name, address or setting comes from anywhere else."""

from __future__ import annotations

import json
import re
from configparser import ConfigParser
from typing import Any

import pytest
import yaml

from tests.journeys import calls
from tests.journeys.delivered import arrived, write
from tests.journeys.pasted import lines, read_once, text_for
from tests.journeys.people import Person, person
from tests.support.aws import policy
from tests.support.deployment import LOG, PRODUCTION, SECURITY, Deployment, eventually

pytestmark = pytest.mark.engine

GROUP = "/aws/lambda/payments-pasted"
EXTERNAL_ID = "elastic-reads-logs"
"""Of the sandbox's consumer `elastic`: as somebody would set LOGFLUME_ELASTIC_EXTERNAL_ID."""


@pytest.fixture(scope="module")
def analyst(running: Deployment) -> Person:
    """Somebody of the security account, whom the sandbox's consumers trust."""
    return person(running, SECURITY, "analyst", policy(Effect="Allow", Action="*", Resource="*"))


@pytest.fixture(scope="module")
def source(running: Deployment) -> dict[str, Any]:
    """A source with one line in its store, and its outputs."""
    ready = running.ready(running.request("pasted")["id"])
    outputs = running.stack(ready["id"])["outputs"]
    write(running, GROUP, "s", ["a line"])
    arrived(running, outputs["bucket"], "a line")
    return {"id": ready["id"], **outputs}


def elastic(running: Deployment, source_id: str) -> dict[str, Any]:
    """The one input of the text for Elastic."""
    [found] = yaml.safe_load(text_for(running, source_id, "elastic"))["filebeat.inputs"]
    return dict(found)


def test_elastics_text_leads_to_the_line_once(
    running: Deployment, analyst: Person, source: dict[str, Any]
) -> None:
    told = elastic(running, source["id"])
    reader = analyst.as_role(told["role_arn"], EXTERNAL_ID)

    assert lines(read_once(reader, told["queue_url"])) == ["a line"]
    assert read_once(reader, told["queue_url"]) == {}


def test_splunks_text_leads_to_the_line_once_without_an_external_id_and_in_a_signed_envelope(
    running: Deployment, analyst: Person, source: dict[str, Any]
) -> None:
    text = text_for(running, source["id"], "splunk")
    parser = ConfigParser(interpolation=None)
    parser.read_string(text)
    [stanza] = (parser[name] for name in parser.sections())
    role = re.search(r"ARN\s+(?:#\s+)?(arn:aws:iam::\S+)", text)
    assert role
    reader = analyst.as_role(role[1])

    messages = reader.client("sqs").receive_message(QueueUrl=stanza["sqs_queue_url"], VisibilityTimeout=0)
    envelope = json.loads(messages["Messages"][0]["Body"])
    assert (stanza["sqs_sns_validation"], envelope["Type"]) == ("1", "Notification")
    assert envelope["TopicArn"] == source["topic_arn"]
    assert envelope["Signature"]
    assert lines(read_once(reader, stanza["sqs_queue_url"])) == ["a line"]


def test_what_elastic_gets_is_what_s3_wrote(
    running: Deployment, analyst: Person, source: dict[str, Any]
) -> None:
    told = elastic(running, source["id"])
    reader = analyst.as_role(told["role_arn"], EXTERNAL_ID)
    read_once(reader, told["queue_url"])
    write(running, GROUP, "s", ["another line"])
    arrived(running, source["bucket"], "another line")

    def bodies() -> list[dict[str, Any]] | None:
        got = reader.client("sqs").receive_message(QueueUrl=told["queue_url"], VisibilityTimeout=0)
        return [json.loads(message["Body"]) for message in got.get("Messages", [])] or None

    [body] = eventually(bodies, "the announcement comes")
    assert set(body) == {"Records"}


def test_of_a_trail_the_text_takes_each_call_and_nothing_that_is_none(
    running: Deployment, analyst: Person
) -> None:
    asked = calls.ask(running, "pasted-trail")
    bucket = calls.outputs_of(running, asked)["bucket"]
    told = elastic(running, asked["id"])
    reader = analyst.as_role(told["role_arn"], EXTERNAL_ID)
    running.make_group("/payments/pasted-trail")
    events: list[dict[str, Any]] = []

    def called() -> bool | None:
        running.flush()
        for key, body in read_once(reader, told["queue_url"]).items():
            [selector] = (s for s in told["file_selectors"] if re.search(s["regex"], key))
            events.extend(json.loads(body)[selector["expand_event_list_from_field"]])
        return "CreateLogGroup" in {event["eventName"] for event in events} or None

    eventually(called, "the call is told of", 60)
    digests = f"logs/AWSLogs/{PRODUCTION}/CloudTrail-Digest/"
    assert calls.keys_in(running, bucket, LOG, digests), "they are there, and were not announced"
    assert running.api("DELETE", f"/v1/sources/{asked['id']}", If_Match="*").status_code == 202
    running.settled(asked["id"])
