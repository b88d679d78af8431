mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::200000000002:role/notes-dev-example" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { version = "7" }
  }

  mock_resource "aws_lambda_alias" {
    defaults = {
      arn        = "arn:aws:lambda:us-east-1:200000000002:function:example:live"
      invoke_arn = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/example:live/invocations"
    }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:200000000002:log-group:example" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-east-1:200000000002:rule/example" }
  }

  mock_resource "aws_api_gateway_rest_api" {
    defaults = { id = "api123", execution_arn = "arn:aws:execute-api:us-east-1:200000000002:api123" }
  }
}

variables {
  project               = "notes"
  stage                 = "dev"
  account_id            = "200000000002"
  region                = "us-east-1"
  service               = "notes-api"
  base_path             = "notes"
  package_dir           = "../modules/chalice_service/tests/package"
  package_bucket        = "notes-dev-artifacts-200000000002"
  package_key           = "packages/notes_api/x.zip"
  package_sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
  api_domain_name       = "dev.api.dev.notes.example"
  api_url               = "https://dev.api.dev.notes.example"
  alarm_topic_arn       = "arn:aws:sns:us-east-1:200000000002:notes-dev-alarms"
  log_level             = "INFO"
  log_retention_days    = 14
  throttle_rate         = 50
  throttle_burst        = 100
}

run "outputs" {
  command = plan

  assert {
    condition     = output.api_url == "https://dev.api.dev.notes.example/notes"
    error_message = "A service hangs under the stage's URL by its base path."
  }

  assert {
    condition     = output.rest_api_id == "api123"
    error_message = "The API's id must be known to tools."
  }

  assert {
    condition     = output.functions["api_handler"].name == "notes-dev-notes-api" && output.functions["notify"].name == "notes-dev-notes-api-notify"
    error_message = "Names are <project>-<stage>-<service>[-<function>]."
  }
}

run "alarms_of_a_release" {
  command = plan

  variables {
    canary = { error_percent = 1, p99_ms = 3000 }
  }

  assert {
    condition     = contains(output.canary_alarms, "notes-dev-notes-api-canary-server-errors") && contains(output.canary_alarms, "notes-dev-notes-api-notify-canary-errors")
    error_message = "A release must be given the alarms of the API and of every function."
  }
}

run "refuses_a_hash_in_hexadecimal" {
  command = plan

  variables {
    package_sha256_base64 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  }

  expect_failures = [var.package_sha256_base64]
}

run "refuses_a_service_with_underscores" {
  command = plan

  variables {
    service = "notes_api"
  }

  expect_failures = [var.service]
}

run "says_what_calls_it_in_the_same_words_paused_or_not" {
  command = plan

  variables {
    paused = true
  }

  assert {
    condition = (
      output.switches.api == { id = "api123", stage = "live", rate = 50, burst = 100 }
      && output.switches.functions["notes-dev-notes-api"] == -1
    )
    error_message = "A resume sets what is configured, also after a deploy of the paused service."
  }
}
