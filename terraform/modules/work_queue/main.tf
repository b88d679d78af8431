# A queue of work for one function. What fails again and again ends in a dead-letter queue of its own.

module "dead_letters" {
  source = "../dead_letter_queue"

  name            = "${var.name}-dead-letters"
  alarm_topic_arn = var.alarm_topic_arn
}

resource "aws_sqs_queue" "this" {
  name                       = var.name
  message_retention_seconds  = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled    = true
  visibility_timeout_seconds = var.visibility_timeout_seconds

  redrive_policy = jsonencode({
    deadLetterTargetArn = module.dead_letters.arn
    maxReceiveCount     = var.max_receives
  })
}
