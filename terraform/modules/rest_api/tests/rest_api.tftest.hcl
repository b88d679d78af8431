mock_provider "aws" {
  override_during = plan

  mock_resource "aws_api_gateway_rest_api" {
    defaults = { execution_arn = "arn:aws:execute-api:us-east-1:200000000002:api123" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:200000000002:log-group:/aws/apigateway/notes-test-notes-api" }
  }
}

variables {
  name                = "notes-test-notes-api"
  body                = "{\"swagger\": \"2.0\"}"
  domain_name         = "test.api.dev.notes.example"
  base_path           = "notes"
  function            = { name = "notes-test-notes-api", alias_name = "live" }
  signed_in_role_name = "notes-test-signed-in"
  throttle_rate       = 50
  throttle_burst      = 100
  log_retention_days  = 14
  alarm_topic_arn     = "arn:aws:sns:us-east-1:200000000002:notes-test-alarms"
}

run "signed_in_users_may_call_exactly_this_api" {
  command = plan

  assert {
    condition     = aws_iam_role_policy.signed_in[0].role == "notes-test-signed-in"
    error_message = "The right belongs to the signed-in users' role."
  }

  assert {
    condition = jsondecode(aws_iam_role_policy.signed_in[0].policy).Statement == [{
      Effect   = "Allow"
      Action   = "execute-api:Invoke"
      Resource = "arn:aws:execute-api:us-east-1:200000000002:api123/live/*"
    }]
    error_message = "They may call this API and no other."
  }
}

run "this_api_may_call_exactly_the_alias" {
  command = plan

  assert {
    condition = (
      aws_lambda_permission.invoke.qualifier == "live"
      && aws_lambda_permission.invoke.principal == "apigateway.amazonaws.com"
      && aws_lambda_permission.invoke.source_arn == "arn:aws:execute-api:us-east-1:200000000002:api123/live/*"
    )
    error_message = "Only this API may call, and only through the alias."
  }
}

run "throttled_traced_and_logged" {
  command = plan

  assert {
    condition = (
      aws_api_gateway_method_settings.this.settings[0].throttling_rate_limit == 50
      && aws_api_gateway_method_settings.this.settings[0].throttling_burst_limit == 100
      && aws_api_gateway_method_settings.this.method_path == "*/*"
    )
    error_message = "Every method must be throttled."
  }

  assert {
    condition     = !aws_api_gateway_method_settings.this.settings[0].data_trace_enabled
    error_message = "Bodies must never be logged: they are users' notes."
  }

  assert {
    condition     = aws_api_gateway_stage.this.xray_tracing_enabled
    error_message = "Not traced."
  }

  assert {
    condition     = jsondecode(aws_api_gateway_stage.this.access_log_settings[0].format).requestId == "$context.requestId"
    error_message = "Access logs must be JSON with the request id."
  }

  assert {
    condition     = aws_cloudwatch_log_group.access.retention_in_days == 14
    error_message = "Access logs must be kept for the days that the stage says."
  }
}

run "reached_by_the_stages_domain_only" {
  command = plan

  assert {
    condition     = aws_api_gateway_base_path_mapping.this.base_path == "notes" && aws_api_gateway_base_path_mapping.this.domain_name == "test.api.dev.notes.example"
    error_message = "The API must hang under the stage's domain by its base path."
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.disable_execute_api_endpoint
    error_message = "The API must have no second address."
  }
}

run "without_storage_nobody_is_signed_in" {
  command = plan

  variables {
    signed_in_role_name = null
  }

  assert {
    condition     = length(aws_iam_role_policy.signed_in) == 0
    error_message = "There is no role to give a right to."
  }
}

run "the_first_deployment_is_found_by_its_digest" {
  command = plan

  assert {
    condition = (
      output.digest == sha1(jsonencode(["{\"swagger\": \"2.0\"}", [], null]))
      && aws_api_gateway_deployment.first.description == "Body ${output.digest}"
    )
    error_message = "The release layer finds deployments by their description."
  }
}

run "a_changed_body_is_another_deployment" {
  command = plan

  variables {
    body = "{\"swagger\": \"2.0\", \"paths\": {}}"
  }

  assert {
    condition     = output.digest != sha1(jsonencode(["{\"swagger\": \"2.0\"}", [], null]))
    error_message = "Another body must be deployed."
  }
}

run "refuses_a_slash_in_the_base_path" {
  command = plan

  variables {
    base_path = "/notes"
  }

  expect_failures = [var.base_path]
}

run "refuses_a_throttle_that_lets_nobody_in" {
  command = plan

  variables {
    throttle_rate = 0
  }

  expect_failures = [var.throttle_rate]
}

run "a_paused_api_takes_no_request" {
  command = plan

  variables {
    paused = true
  }

  assert {
    condition = (
      aws_api_gateway_method_settings.this.settings[0].throttling_rate_limit == 0
      && aws_api_gateway_method_settings.this.settings[0].throttling_burst_limit == 0
    )
    error_message = "A throttle of 0 answers 429."
  }
}
