mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::300000000003:role/notes-prod-release-chat" }
  }
}

variables {
  name                     = "notes-prod-release-chat"
  slack_team_id            = "T07EA123LEP"
  slack_channel_id         = "C07EZ1ABC23"
  topic_arn                = "arn:aws:sns:us-east-1:300000000003:notes-prod-releases"
  permissions_boundary_arn = "arn:aws:iam::300000000003:policy/notes-prod-boundary"
}

run "the_channel_listens_and_does_nothing" {
  command = plan

  assert {
    condition     = aws_chatbot_slack_channel_configuration.this.guardrail_policy_arns == tolist(["arn:aws:iam::aws:policy/AWSDenyAll"])
    error_message = "Nobody acts on the account from the channel."
  }

  assert {
    condition     = aws_chatbot_slack_channel_configuration.this.sns_topic_arns == toset([var.topic_arn])
    error_message = "The channel shows one topic."
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == var.permissions_boundary_arn
    error_message = "A deployer makes no role without the boundary."
  }
}

run "refuses_a_channels_name_in_place_of_its_id" {
  command = plan

  variables {
    slack_channel_id = "#releases"
  }

  expect_failures = [var.slack_channel_id]
}
