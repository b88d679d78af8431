# A Slack channel that shows what a topic says, by Amazon Q Developer in chat applications (AWS Chatbot's new name).
# The workspace has to be authorised once, by hand, in the account's console:
# https://docs.aws.amazon.com/chatbot/latest/adminguide/slack-setup.html
# Not proven: the local cloud has no such service.

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "What ${var.name} may do: nothing"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "chatbot.amazonaws.com" }
    }]
  })
}

resource "aws_chatbot_slack_channel_configuration" "this" {
  configuration_name = var.name
  iam_role_arn       = aws_iam_role.this.arn
  slack_team_id      = var.slack_team_id
  slack_channel_id   = var.slack_channel_id
  sns_topic_arns     = [var.topic_arn]

  # The channel only listens. Without a guardrail of its own it would have AdministratorAccess for one.
  # https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
  guardrail_policy_arns = ["arn:aws:iam::aws:policy/AWSDenyAll"]
}
