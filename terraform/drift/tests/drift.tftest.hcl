mock_provider "aws" {}

variables {
  account_id = "200000000002"
  region     = "us-east-1"
  tags       = { project = "notes", stage = "dev", managed-by = "terraform" }
}

run "makes_nothing" {
  command = apply
}

run "refuses_to_look_without_the_tags" {
  command = plan

  variables {
    tags = {}
  }

  expect_failures = [var.tags]
}
