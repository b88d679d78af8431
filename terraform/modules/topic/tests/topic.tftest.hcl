mock_provider "aws" {
  override_during = plan

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:200000000002:notes-test-purchases" }
  }
}

variables {
  name       = "notes-test-purchases"
  account_id = "200000000002"
}

run "encrypted_and_for_its_own_account" {
  command = plan

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == "alias/aws/sns"
    error_message = "Not encrypted."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement : jsonencode(statement.Principal)
      if statement.Effect == "Allow"
    ] == [jsonencode({ AWS = "arn:aws:iam::200000000002:root" })]
    error_message = "Only its own account may use the topic."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement : statement.Condition
      if statement.Effect == "Deny"
    ] == [{ Bool = { "aws:SecureTransport" = "false" } }]
    error_message = "Plain HTTP must be denied."
  }
}

run "plain_http_where_the_cloud_has_nothing_else" {
  command = plan

  variables {
    require_tls = false
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement : statement.Effect == "Allow"])
    error_message = "The policy would lock everybody out."
  }
}

run "a_service_publishes_for_this_account_only" {
  command = plan

  variables {
    kms_key_id         = "arn:aws:kms:us-east-1:200000000002:key/00000000-0000-0000-0000-000000000000"
    publisher_services = ["cloudwatch.amazonaws.com"]
  }

  assert {
    condition = one([
      for statement in jsondecode(aws_sns_topic_policy.this.policy).Statement : statement
      if try(statement.Principal.Service, null) != null
    ]).Condition == { StringEquals = { "aws:SourceAccount" = "200000000002" } }
    error_message = "Another account's alarms must not reach this topic."
  }
}

run "refuses_a_service_that_could_not_use_the_key" {
  command = plan

  variables {
    publisher_services = ["cloudwatch.amazonaws.com"]
  }

  expect_failures = [var.publisher_services]
}
