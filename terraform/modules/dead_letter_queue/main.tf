# Where messages end that could not be processed, kept as long as SQS can, with an alarm from the first one on.

locals {
  # In the account and region of the alarm topic: SNS, EventBridge and Lambda take no other.
  arn = replace(var.alarm_topic_arn, "/^(arn:[^:]+):sns:(.+):[^:]+$/", "$1:sqs:$2:${var.name}")

  senders = {
    "sns.amazonaws.com"    = { sid = "UndeliveredMessages", arns = var.source_topic_arns }
    "events.amazonaws.com" = { sid = "UndeliveredEvents", arns = var.source_rule_arns }
  }

  statements = concat(
    [
      for service, from in local.senders : {
        Sid       = from.sid
        Effect    = "Allow"
        Principal = { Service = service }
        Action    = "sqs:SendMessage"
        Resource  = local.arn
        Condition = { ArnEquals = { "aws:SourceArn" = from.arns } }
      } if length(from.arns) > 0
    ],
    var.source_role_arns == null ? [] : [{
      Sid       = "Roles"
      Effect    = "Allow"
      Principal = "*"
      Action    = "sqs:SendMessage"
      Resource  = local.arn
      Condition = { ArnLike = { "aws:PrincipalArn" = var.source_role_arns } }
    }],
  )
}

resource "aws_sqs_queue" "this" {
  name                      = var.name
  message_retention_seconds = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled   = true

  # In the same call: as a resource of its own the policy would take another 25 s to settle.
  policy = length(local.statements) == 0 ? null : jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

module "alarm" {
  source = "../count_alarm"

  name        = "${var.name}-not-empty"
  description = "Messages could not be processed. Find the cause in the logs, mend it, then bring them back with make redrive."
  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = aws_sqs_queue.this.name }
  statistic   = "Maximum"
  topic_arn   = var.alarm_topic_arn
}
