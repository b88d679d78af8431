# tests/package is what Chalice 1.34.0 wrote for a route, a schedule, an event, an SNS and an SQS handler.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::200000000002:role/notes-test-example" }
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

  mock_resource "aws_lambda_event_source_mapping" {
    defaults = { uuid = "mapping-1" }
  }

  mock_resource "aws_api_gateway_rest_api" {
    defaults = { execution_arn = "arn:aws:execute-api:us-east-1:200000000002:api123" }
  }
}

variables {
  name               = "notes-test-example"
  package_dir        = "tests/package"
  package            = { bucket = "notes-dev-artifacts", key = "packages/x.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  api_domain_name    = "test.api.dev.notes.example"
  base_path          = "example"
  log_level          = "INFO"
  log_retention_days = 14
  throttle_rate      = 50
  throttle_burst     = 100
  alarm_topic_arn    = "arn:aws:sns:us-east-1:200000000002:notes-test-alarms"
}

run "names_are_ours" {
  command = plan

  assert {
    condition = { for key, function in output.functions : key => function.name } == {
      api_handler  = "notes-test-example"
      look_at      = "notes-test-example-look-at"
      notify       = "notes-test-example-notify"
      settle_later = "notes-test-example-settle-later"
      work         = "notes-test-example-work"
    }
    error_message = "Every name must be <project>-<stage>-<service>[-<function>]."
  }
}

run "everything_calls_the_alias" {
  command = plan

  assert {
    condition     = aws_cloudwatch_event_target.this["settle_later-event"].arn == "arn:aws:lambda:us-east-1:200000000002:function:example:live"
    error_message = "The schedule must call the alias."
  }

  assert {
    condition     = aws_sns_topic_subscription.this["notify-sns-subscription"].endpoint == "arn:aws:lambda:us-east-1:200000000002:function:example:live"
    error_message = "The topic must call the alias."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this["work-sqs-event-source"].function_name == "arn:aws:lambda:us-east-1:200000000002:function:example:live"
    error_message = "The queue must call the alias."
  }

  assert {
    condition     = jsondecode(local.body).paths["/{note_id}"].get["x-amazon-apigateway-integration"].uri == "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/example:live/invocations"
    error_message = "The API must call the alias."
  }

  assert {
    condition     = alltrue([for permission in values(merge(aws_lambda_permission.event, aws_lambda_permission.topic)) : permission.qualifier == "live"])
    error_message = "Callers must have the right to call the alias, and nothing but it."
  }
}

run "callers_are_still_authorised_by_iam" {
  command = plan

  assert {
    condition     = jsondecode(local.body).paths["/{note_id}"].get.security == [{ sigv4 = [] }]
    error_message = "Chalice's security must survive."
  }
}

run "each_function_that_gets_messages_has_a_dead_letter_queue_of_its_own" {
  command = plan

  override_resource {
    target          = module.function["notify"].module.dead_letters[0].aws_sqs_queue.this
    values          = { arn = "arn:aws:sqs:us-east-1:200000000002:of-notify", url = "https://notify" }
    override_during = plan
  }

  override_resource {
    target          = module.function["look_at"].module.dead_letters[0].aws_sqs_queue.this
    values          = { arn = "arn:aws:sqs:us-east-1:200000000002:of-look-at", url = "https://look-at" }
    override_during = plan
  }

  assert {
    condition = { for key, function in output.functions : key => function.dead_letter_queue_arn if function.dead_letter_queue_arn != null } == {
      notify  = "arn:aws:sqs:us-east-1:200000000002:of-notify"
      look_at = "arn:aws:sqs:us-east-1:200000000002:of-look-at"
    }
    error_message = "A schedule comes again, a queue keeps its messages, a caller gets an answer: only these lose what they fail on."
  }

  assert {
    condition     = [output.functions.notify.dead_letter_queue_url, output.functions.work.dead_letter_queue_url] == ["https://notify", null]
    error_message = "The queue of a function must be known to tools."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this["notify-sns-subscription"].redrive_policy).deadLetterTargetArn == "arn:aws:sqs:us-east-1:200000000002:of-notify"
    error_message = "What the topic cannot deliver must go to the subscriber's queue."
  }

  assert {
    condition     = aws_cloudwatch_event_target.this["look_at-event"].dead_letter_config[0].arn == "arn:aws:sqs:us-east-1:200000000002:of-look-at"
    error_message = "What EventBridge cannot deliver must go to the function's queue."
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.this["settle_later-event"].dead_letter_config) == 0
    error_message = "A schedule comes again by itself."
  }

  assert {
    condition = jsonencode(local.message_sources) == jsonencode({
      notify  = { topic_arns = ["arn:aws:sns:us-east-1:200000000002:notes-test-purchases"], rule_arns = [] }
      look_at = { topic_arns = [], rule_arns = ["arn:aws:events:us-east-1:200000000002:rule/example"] }
    })
    error_message = "Only what calls a function may put messages into its queue."
  }
}

run "a_release_is_watched_where_the_stage_says_so" {
  command = plan

  variables {
    canary = { error_percent = 1, p99_ms = 3000 }
  }

  assert {
    condition = output.alarms == sort(flatten([
      "notes-test-example-canary-server-errors",
      [for function in values(output.functions) : [for kind in ["errors", "latency", "throttles"] : "${function.name}-canary-${kind}"]],
    ]))
    error_message = "The API and every function must be watched."
  }
}

run "and_not_watched_elsewhere" {
  command = plan

  assert {
    condition     = length(output.alarms) == 0
    error_message = "Without a canary there is no alarm for one."
  }
}

run "refuses_a_service_that_was_not_packaged" {
  command = plan

  variables {
    package_dir = "tests"
  }

  expect_failures = [var.package_dir]
}

run "refuses_routes_without_a_base_path" {
  command = plan

  variables {
    base_path = null
  }

  expect_failures = [var.base_path]
}

run "refuses_what_it_would_leave_out" {
  command = plan

  variables {
    package_dir = "tests/unknown_feature"
  }

  expect_failures = [var.package_dir]
}

run "nothing_calls_a_paused_service" {
  command = plan

  variables {
    paused = true
  }

  assert {
    condition     = alltrue([for key in keys(local.function_names) : module.function[key].reserved_concurrency == 0])
    error_message = "No function may run a call."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.this["settle_later-event"].state == "DISABLED"
    error_message = "The schedule must rest."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this["work-sqs-event-source"].enabled == false
    error_message = "The queue must not be polled, so that its messages wait."
  }

  assert {
    condition     = output.switches.functions == { for name in values(local.function_names) : name => - 1 }
    error_message = "What is configured must be known while the service is paused."
  }

  assert {
    condition = (
      output.switches.schedules == ["notes-test-example-settle-later-event"]
      && output.switches.queues == { mapping-1 = aws_lambda_event_source_mapping.this["work-sqs-event-source"].event_source_arn }
      && output.switches.deliveries == {
        "notes-test-example-notify"  = tolist([aws_sns_topic_subscription.this["notify-sns-subscription"].topic_arn])
        "notes-test-example-look-at" = tolist(["notes-test-example-look-at-event"])
      }
    )
    error_message = "All that calls a function must be known."
  }
}

run "a_service_is_called_unless_it_is_paused" {
  command = plan

  assert {
    condition = (
      aws_cloudwatch_event_rule.this["settle_later-event"].state == "ENABLED"
      && aws_lambda_event_source_mapping.this["work-sqs-event-source"].enabled
      && alltrue([for key in keys(local.function_names) : module.function[key].reserved_concurrency == -1])
    )
    error_message = "Nothing is paused by default."
  }
}
