mock_provider "aws" {}

variables {
  api_name      = "notes-test-notes-api"
  stage_name    = "live"
  error_percent = 1
}

run "a_share_of_all_answers" {
  command = plan

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.this.metric_query : query.id => coalesce(query.expression, join(" ", [for metric in query.metric : "${metric.metric_name} ${metric.stat}"]))
      } == {
      percent  = "100 * errors / requests"
      errors   = "5XXError Sum"
      requests = "Count SampleCount"
    }
    error_message = "A share of all requests counts, not their number."
  }

  assert {
    condition = alltrue([
      for query in aws_cloudwatch_metric_alarm.this.metric_query : alltrue([
        for metric in query.metric : metric.dimensions == tomap({ ApiName = "notes-test-notes-api", Stage = "live" })
      ])
    ])
    error_message = "This API's answers count, and no other's."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this.treat_missing_data == "notBreaching" && output.name == "notes-test-notes-api-canary-server-errors"
    error_message = "No request is no failure."
  }
}

run "refuses_a_share_that_is_never_exceeded" {
  command = plan

  variables {
    error_percent = 100
  }

  expect_failures = [var.error_percent]
}
