mock_provider "aws" {
  override_during = plan
}

variables {
  name       = "notes-dev-alarms"
  account_id = "200000000002"
}

run "alarms_of_this_account_may_use_it" {
  command = plan

  assert {
    condition = one([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : statement if statement.Sid == "Alarms"
      ]) == {
      Sid       = "Alarms"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
      Resource  = "*"
      Condition = { StringEquals = { "aws:SourceAccount" = "200000000002" } }
    }
    error_message = "CloudWatch must be able to encrypt for this account's alarms, and for no other's."
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key must rotate."
  }
}

run "refuses_what_is_no_account" {
  command = plan

  variables {
    account_id = "dev"
  }

  expect_failures = [var.account_id]
}
