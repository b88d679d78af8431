mock_provider "aws" {}

variables {
  name        = "notes-test-notes-api-errors"
  description = "It failed."
  namespace   = "AWS/Lambda"
  metric_name = "Errors"
  dimensions  = { FunctionName = "notes-test-notes-api" }
  topic_arn   = "arn:aws:sns:us-east-1:200000000002:notes-test-alarms"
}

run "one_is_too_many" {
  command = plan

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this.comparison_operator == "GreaterThanThreshold"
      && aws_cloudwatch_metric_alarm.this.threshold == 0
      && aws_cloudwatch_metric_alarm.this.evaluation_periods == 1
      && aws_cloudwatch_metric_alarm.this.period == 60
      && aws_cloudwatch_metric_alarm.this.statistic == "Sum"
    )
    error_message = "A single event within a minute must raise the alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this.treat_missing_data == "notBreaching"
    error_message = "Nothing happening is no alarm."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this.alarm_actions == toset(["arn:aws:sns:us-east-1:200000000002:notes-test-alarms"])
      && aws_cloudwatch_metric_alarm.this.ok_actions == toset(["arn:aws:sns:us-east-1:200000000002:notes-test-alarms"])
    )
    error_message = "The topic must hear of it, and of its end."
  }
}

run "refuses_to_watch_nothing" {
  command = plan

  variables {
    dimensions = {}
  }

  expect_failures = [var.dimensions]
}
