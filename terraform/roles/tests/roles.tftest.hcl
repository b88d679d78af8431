mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::200000000002:policy/notes-dev-boundary" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::200000000002:role/notes-dev-deployer" }
  }

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::200000000002:oidc-provider/token.actions.githubusercontent.com" }
  }
}

variables {
  project      = "notes"
  account_name = "dev"
  account_id   = "200000000002"
  region       = "us-east-1"
  subdomain    = "dev.notes.example"
}

run "rights" {
  command = plan

  assert {
    condition     = output.permissions_boundary_arn == local.boundary_arn
    error_message = "The rights speak of the boundary by the name that it gets."
  }

  assert {
    condition = alltrue([
      for statement in flatten([values(local.deployer), values(local.reader)]) : alltrue([
        for resource in flatten([try(statement.Resource, [])]) :
        statement.Effect == "Deny" || !can(regex("arn:aws:(dynamodb|lambda|sns|sqs|secretsmanager|states|logs|cognito-idp|iam)", resource)) || strcontains(resource, "200000000002")
      ])
    ])
    error_message = "Whatever has an account in its ARN is of this account only."
  }

  assert {
    condition = alltrue([
      for statement in flatten(values(local.reader)) : statement.Effect == "Deny" || alltrue([
        for action in flatten([statement.Action]) : can(regex(":(Get|Describe|List|Filter|GET|Validate)", action))
      ])
    ])
    error_message = "The reader changes nothing."
  }

  assert {
    condition = alltrue([
      for statement in flatten(values(local.deployer)) : statement.Effect == "Deny" || alltrue([
        for action in flatten([statement.Action]) : !contains(["*", "iam:*", "sts:AssumeRole", "secretsmanager:GetSecretValue"], action)
      ])
    ])
    error_message = "The deployer takes no other role and reads no secret's value."
  }

  assert {
    condition = [for statement in local.deployer.roles : statement.Condition.StringEquals["iam:PermissionsBoundary"]
      if contains(flatten([statement.Action]), "iam:CreateRole") && statement.Effect == "Allow"
    ] == ["arn:aws:iam::200000000002:policy/notes-dev-boundary"]
    error_message = "The deployer makes roles within the boundary only."
  }

  assert {
    condition = alltrue([
      for area, statements in merge({ for area, statements in local.deployer : "deployer ${area}" => statements }, local.reader) :
      length(jsonencode({ Version = "2012-10-17", Statement = statements })) <= 6144
    ])
    error_message = "IAM takes no longer policy."
  }

  assert {
    condition = [
      for statement in local.deployer.releases : [statement.Resource, statement.Condition] if contains(flatten([statement.Action]), "iam:PassRole")
      ] == [[
        "arn:aws:iam::200000000002:role/releases/notes-*",
        { StringEquals = { "iam:PassedToService" = "states.amazonaws.com" } },
    ]]
    error_message = "Step Functions is given roles of releases only."
  }

  assert {
    condition = [
      for statement in local.deployer.roles : statement.Resource if statement.Effect == "Allow" && contains(flatten([statement.Action]), "iam:PassRole")
    ] == ["arn:aws:iam::200000000002:role/notes-*"]
    error_message = "No function, user or chat is given a role of releases: those have another path."
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "Without a pipeline no provider of tokens is trusted."
  }
}

run "a_pipeline" {
  command = plan

  variables {
    github_subjects = ["repo:team/notes:environment:dev"]
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "Tokens are for AWS only."
  }
}

run "a_pipeline_that_looks_does_not_deploy" {
  command = plan

  variables {
    github_reader_subjects = ["repo:team/notes:pull_request"]
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 1
    error_message = "Tokens of those who only look are checked with the same provider."
  }

  assert {
    condition     = [for role in [module.deployer, module.reader] : length(jsondecode(role.assume_role_policy).Statement)] == [1, 2]
    error_message = "A subject of the reader must not be one of the deployer."
  }
}

run "refuses_a_name_outside_its_zone" {
  command = plan

  variables {
    api_domains = ["api.notes.example"]
  }

  expect_failures = [var.api_domains]
}
