# Where messages end that could not be processed, kept as long as SQS can, with an alarm from the first one on.

resource "aws_sqs_queue" "this" {
  name                      = var.name
  message_retention_seconds = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled   = true

  # In the same call: as a resource of its own the policy would take another 25 s to settle.
  policy = var.source_topic == null ? null : jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "UndeliveredMessages"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = local.arn
      Condition = { ArnEquals = { "aws:SourceArn" = var.source_topic.arn } }
    }]
  })
}

locals {
  # In the topic's account and region, because SNS takes no other.
  arn = var.source_topic == null ? null : replace(var.source_topic.arn, "/^(arn:[^:]+):sns:(.+):[^:]+$/", "$1:sqs:$2:${var.name}")
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
