mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::200000000002:role/notes-dev-api-logging" }
  }
}

variables {
  role_name = "notes-dev-api-logging"
}

run "api_gateway_alone_takes_the_role" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[*].Principal == [{ Service = "apigateway.amazonaws.com" }]
    error_message = "Only API Gateway may assume the role."
  }

  assert {
    condition     = aws_api_gateway_account.this.cloudwatch_role_arn == "arn:aws:iam::200000000002:role/notes-dev-api-logging"
    error_message = "API Gateway must be told of the role."
  }
}
