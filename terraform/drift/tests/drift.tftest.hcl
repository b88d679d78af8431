mock_provider "aws" {}

variables {
  account_id = "200000000002"
  region     = "us-east-1"
}

run "makes_nothing" {
  command = apply
}

run "refuses_what_is_no_account" {
  command = plan

  variables {
    account_id = "dev"
  }

  expect_failures = [var.account_id]
}
