# Who is told of the stage's releases: testers by e-mail, and a chat channel.

module "release_topic" {
  source = "../modules/topic"

  name        = "${local.name}-releases"
  account_id  = var.account_id
  require_tls = var.require_tls
}

# Each tester confirms by a link. Until then the subscription is pending: AWS deletes none such for Terraform, but drops it
# after 48 hours, and those of a topic with the topic.
# https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html
resource "aws_sns_topic_subscription" "testers" {
  for_each = var.testers

  topic_arn = module.release_topic.arn
  protocol  = "email"
  endpoint  = each.value
}

module "release_chat" {
  source = "../modules/chat_channel"
  count  = var.chat == null ? 0 : 1

  name                     = "${local.name}-release-chat"
  slack_team_id            = var.chat.slack_team_id
  slack_channel_id         = var.chat.slack_channel_id
  topic_arn                = module.release_topic.arn
  permissions_boundary_arn = var.permissions_boundary_arn
}
