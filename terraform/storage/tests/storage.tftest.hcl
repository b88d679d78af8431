mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::200000000002:role/notes-dev-signed-in" }
  }

  mock_resource "aws_cognito_identity_pool" {
    defaults = { id = "us-east-1:00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::notes-dev-uploads-200000000002" }
  }
}

variables {
  project         = "notes"
  stage           = "dev"
  account_id      = "200000000002"
  region          = "us-east-1"
  protected       = false
  allowed_origins = ["https://app.example.com"]
}

run "names" {
  command = plan

  assert {
    condition = (
      output.notes_table_name == "notes-dev-notes"
      && output.uploads_bucket_name == "notes-dev-uploads-200000000002"
      && output.signed_in_role_name == "notes-dev-signed-in"
    )
    error_message = "Names are <project>-<stage>-<thing>; a bucket's ends in the account's id."
  }
}

run "refuses_a_stage_with_capitals" {
  command = plan

  variables {
    stage = "Dev"
  }

  expect_failures = [var.stage]
}

run "refuses_a_stage_of_21_characters" {
  command = plan

  variables {
    stage = "a12345678901234567890"
  }

  expect_failures = [var.stage]
}
