"""make announce"""

from __future__ import annotations

import os

import click

from tools import announcement, outputs
from tools.cloud import client
from tools.context import Context
from tools.errors import ToolError, UsageError


@click.command("announce")
@click.pass_obj
def command(context: Context) -> None:
    """Tell a stage's testers that RELEASE= is live, or MESSAGE=, by e-mail and in its chat."""
    release, more = os.environ.get("RELEASE", ""), os.environ.get("MESSAGE", "").strip()
    if not release and not more:
        raise UsageError("Tell what? RELEASE and MESSAGE are missing.", "For example: RELEASE=<release id>.")
    layers = context.layers_as("deployer")
    found, stage = layers.read(layers.stage_unit()), layers.stage
    if "release_topic_arn" not in found:
        raise ToolError(
            f"{stage.name} was deployed before it had a topic for its releases.",
            f"Run: {layers.command('deploy')}",
        )
    project = layers.organisation.project
    title = f"{project} {stage.name}: release {release} is live" if release else f"{project} {stage.name}"
    address = outputs.collect(layers)["api_url"]
    words = "\n\n".join(filter(None, [f"{title}.", more, f"API: {address}"]))
    sns = client(layers.cloud, stage.account, "sns")
    sns.publish(
        TopicArn=found["release_topic_arn"],
        Subject=announcement.subject(title),
        Message=announcement.message(title, words),
        MessageStructure="json",
    )
    told = sns.list_subscriptions_by_topic(TopicArn=found["release_topic_arn"])["Subscriptions"]
    confirmed = sum(each["SubscriptionArn"] != "PendingConfirmation" for each in told)
    click.echo(f"{title}: told {confirmed} of {len(told)} subscribers, the others have not confirmed yet.")
