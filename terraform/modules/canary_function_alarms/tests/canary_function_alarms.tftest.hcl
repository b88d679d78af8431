mock_provider "aws" {}

variables {
  function_name    = "notes-test-notes-api"
  function_version = "7"
  error_percent    = 1
  p99_ms           = 3000
}

run "the_new_version_is_watched" {
  command = plan

  assert {
    condition = alltrue([
      for dimensions in concat(
        [aws_cloudwatch_metric_alarm.latency.dimensions],
        flatten([for query in aws_cloudwatch_metric_alarm.errors.metric_query : [for metric in query.metric : metric.dimensions]]),
      ) : dimensions == tomap({ FunctionName = "notes-test-notes-api", Resource = "notes-test-notes-api:live", ExecutedVersion = "7" })
    ])
    error_message = "What another version does must not send this one back."
  }

  assert {
    condition = { for query in aws_cloudwatch_metric_alarm.errors.metric_query : query.id => coalesce(query.expression, one(query.metric[*].metric_name)) } == {
      percent     = "100 * errors / invocations"
      errors      = "Errors"
      invocations = "Invocations"
    }
    error_message = "A share of calls counts, not their number."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.latency.extended_statistic == "p99" && aws_cloudwatch_metric_alarm.latency.threshold == 3000
    error_message = "The slowest hundredth counts."
  }
}

run "silent_without_calls_and_wakes_nobody" {
  command = plan

  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.errors, aws_cloudwatch_metric_alarm.latency, aws_cloudwatch_metric_alarm.throttles] :
      alarm.treat_missing_data == "notBreaching" && alarm.alarm_actions == null
    ])
    error_message = "No call is no failure, and a release that goes back is told by the release."
  }

  assert {
    condition     = output.names == tolist(["notes-test-notes-api-canary-errors", "notes-test-notes-api-canary-latency", "notes-test-notes-api-canary-throttles"])
    error_message = "A release must be given every one."
  }
}

run "refuses_what_is_no_version" {
  command = plan

  variables {
    function_version = "$LATEST"
  }

  expect_failures = [var.function_version]
}

run "refuses_a_share_that_is_never_exceeded" {
  command = plan

  variables {
    error_percent = 100
  }

  expect_failures = [var.error_percent]
}

run "refuses_a_latency_that_nobody_has" {
  command = plan

  variables {
    p99_ms = 0
  }

  expect_failures = [var.p99_ms]
}
