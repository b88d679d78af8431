# The dead-letter queue of all subscribers, from before each had its own. It stays as long as a deployed service sends
# to it and as long as something lies in it: tools/shared_dead_letters.py says when it may go.

module "notify_dead_letters" {
  source = "../modules/dead_letter_queue"
  count  = var.shared_dead_letters ? 1 : 0

  name              = "${local.name}-notify-dead-letters"
  source_topic_arns = module.purchase_topic[*].arn
  alarm_topic_arn   = module.alarm_topic.arn

  # While a service goes over to its own queue, its role has the right on that one before failures are sent there.
  source_role_arns = "arn:aws:iam::${var.account_id}:role/${local.name}-*"
}
