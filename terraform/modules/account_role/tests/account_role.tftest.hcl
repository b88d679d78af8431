mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::200000000002:policy/area" }
  }
}

variables {
  name        = "notes-dev-reader"
  description = "Looks"
  account_id  = "200000000002"
  policies    = { look = jsonencode([{ Effect = "Allow", Action = "lambda:GetFunction", Resource = "*" }]) }
}

run "trusts_its_own_account_only" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [{
      Sid       = "OwnAccount"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::200000000002:root" }
    }]
    error_message = "Without a pipeline nobody outside the account may assume the role."
  }

  assert {
    condition     = aws_iam_policy.this["look"].name == "notes-dev-reader-look"
    error_message = "A policy is named after its role and its area."
  }
}

run "trusts_exactly_the_pipelines_it_is_told" {
  command = plan

  variables {
    github = {
      provider_arn = "arn:aws:iam::200000000002:oidc-provider/token.actions.githubusercontent.com"
      subjects     = ["repo:team/notes:environment:dev"]
    }
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[1].Condition == {
      StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = ["repo:team/notes:environment:dev"]
      }
    }
    error_message = "A token is known by its audience and its whole subject."
  }
}

run "refuses_a_wildcard_among_subjects" {
  command = plan

  variables {
    github = {
      provider_arn = "arn:aws:iam::200000000002:oidc-provider/token.actions.githubusercontent.com"
      subjects     = ["repo:team/notes:*"]
    }
  }

  expect_failures = [var.github]
}

run "refuses_a_policy_that_iam_would_not_take" {
  command = plan

  variables {
    policies = { long = jsonencode([{ Effect = "Allow", Action = [for n in range(600) : "lambda:Action${n}"], Resource = "*" }]) }
  }

  expect_failures = [var.policies]
}
