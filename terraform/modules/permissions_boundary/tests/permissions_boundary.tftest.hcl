mock_provider "aws" {
  override_during = plan
}

variables {
  name       = "notes-dev-boundary"
  project    = "notes"
  account_id = "200000000002"
  region     = "us-east-1"
}

run "bounds" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.this.policy).Statement : statement.Effect == "Allow" && alltrue([
        for action in flatten([statement.Action]) : !can(regex("[*]|^(iam|sts|lambda|kms):", action))
      ]) || can(statement.Condition)
    ])
    error_message = "A boundary names each action, and none that makes roles, takes another or builds."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_policy.this.policy).Statement : alltrue([
        for resource in flatten([try(statement.Resource, [])]) :
        contains(["Tracing", "MoveApis"], statement.Sid) || strcontains(resource, "200000000002")
      ])
    ])
    error_message = "Whatever has an account in its ARN is of this account only."
  }

  assert {
    condition = {
      for statement in jsondecode(aws_iam_policy.this.policy).Statement : statement.Action => statement.Condition if can(statement.Condition)
      } == {
      for action in ["lambda:InvokeFunction", "lambda:UpdateAlias", "cloudwatch:DescribeAlarms", "apigateway:PATCH"] :
      action => { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::200000000002:role/releases/notes-*" } }
    }
    error_message = "What users get is moved by roles with the path of releases only."
  }

  assert {
    condition     = length(replace(aws_iam_policy.this.policy, "/\\s/", "")) <= 6144
    error_message = "IAM takes no longer policy."
  }
}

run "refuses_what_is_no_account" {
  command = plan

  variables {
    account_id = "dev"
  }

  expect_failures = [var.account_id]
}
