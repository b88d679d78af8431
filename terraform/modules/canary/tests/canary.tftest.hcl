mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::200000000002:role/releases/notes-test-release" }
  }

  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:us-east-1:200000000002:stateMachine:notes-test-release" }
  }
}

variables {
  name            = "notes-test-release"
  prefix          = "notes-test-"
  api_tags        = { project = "notes", stage = "test" }
  account_id      = "200000000002"
  region          = "us-east-1"
  alarm_topic_arn = "arn:aws:sns:us-east-1:200000000002:notes-test-alarms"
}

run "least_privilege" {
  command = plan

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Action => statement.Resource
      } == {
      "lambda:InvokeFunction"     = "arn:aws:lambda:us-east-1:200000000002:function:notes-test-*:*"
      "lambda:UpdateAlias"        = "arn:aws:lambda:us-east-1:200000000002:function:notes-test-*"
      "cloudwatch:DescribeAlarms" = "arn:aws:cloudwatch:us-east-1:200000000002:alarm:notes-test-*"
      "apigateway:PATCH"          = "arn:aws:apigateway:us-east-1::/restapis/*/stages/*"
    }
    error_message = "It may try versions, move aliases and APIs, and look at alarms: of this stage, and nothing else."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Condition if statement.Sid == "MoveApis"] == [
      { StringEquals = { "aws:ResourceTag/project" = "notes", "aws:ResourceTag/stage" = "test" } }
    ]
    error_message = "It may move this stage's APIs only."
  }

  assert {
    condition     = aws_iam_role.this.path == "/releases/"
    error_message = "By its path the permissions boundary tells it from a function's role."
  }

  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition == {
      StringEquals = { "aws:SourceAccount" = "200000000002" }
      ArnLike      = { "aws:SourceArn" = "arn:aws:states:us-east-1:200000000002:stateMachine:notes-test-release" }
    }
    error_message = "Step Functions may take the role for this machine only."
  }
}

run "nothing_is_shifted_before_the_smoke_test_and_everything_goes_back" {
  command = plan

  assert {
    condition     = aws_sfn_state_machine.this.type == "STANDARD" && local.definition.StartAt == "Smoke"
    error_message = "A release starts with its smoke test."
  }

  assert {
    condition = alltrue([
      for name, state in local.definition.States : state.Catch[0].ErrorEquals == ["States.ALL"] && state.Catch[0].Next == "GoBackApis"
      if contains(["Smoke", "Shift", "Look", "Finish", "FinishApis", "Settle"], name)
    ])
    error_message = "Whatever goes wrong in any state, the release goes back."
  }

  assert {
    condition = toset(flatten([
      for state in values(local.definition.States) : [try(state.Next, []), try(state.Default, []), try(state.Choices[*].Next, [])]
    ])) == setsubtract(keys(local.definition.States), ["Smoke"])
    error_message = "Every state is reached, and every state that is named exists."
  }
}

run "told_of_what_did_not_go_through" {
  command = plan

  assert {
    condition     = keys(module.alarm) == ["ExecutionsAborted", "ExecutionsFailed", "ExecutionsTimedOut"]
    error_message = "Somebody must hear of a release that did not go through."
  }
}

run "without_tags_any_api" {
  command = plan

  variables {
    api_tags = {}
  }

  assert {
    condition     = alltrue([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : !can(statement.Condition)])
    error_message = "Without tags there is nothing to tell APIs apart by."
  }
}

run "refuses_a_name_that_the_boundary_does_not_know" {
  command = plan

  variables {
    name = "notes-test-canary"
  }

  expect_failures = [var.name]
}

run "refuses_a_prefix_that_begins_other_stages_names_too" {
  command = plan

  variables {
    prefix = "notes-test"
  }

  expect_failures = [var.prefix]
}
