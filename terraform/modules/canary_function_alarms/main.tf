# Alarms on one version of a function while it gets a share of what calls the alias `live`. A release goes back when one
# of them rings; they wake nobody, because the release itself does.
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
#
# Each looks at the last minute, and CloudWatch looks every minute: waits of at most a minute see each that rings.

locals {
  alias = "${var.function_name}:live"

  # Measured for this pair of alias and version only while the alias has more than one.
  # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
  version_of_alias = {
    FunctionName    = var.function_name
    Resource        = local.alias
    ExecutedVersion = var.function_version
  }

  where = "See its log group /aws/lambda/${var.function_name}."
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.function_name}-canary-errors"
  alarm_description   = "Version ${var.function_version} of ${var.function_name} fails in more than ${var.error_percent} % of its calls. ${local.where}"
  evaluation_periods  = 1
  threshold           = var.error_percent
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "percent"
    label       = "Failed calls in percent"
    expression  = "100 * errors / invocations"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "Errors", invocations = "Invocations" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/Lambda"
        metric_name = metric_query.value
        dimensions  = local.version_of_alias
        period      = 60
        stat        = "Sum"
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "${var.function_name}-canary-latency"
  alarm_description   = "1 % of the calls of version ${var.function_version} of ${var.function_name} take longer than ${var.p99_ms} ms. ${local.where}"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = local.version_of_alias
  extended_statistic  = "p99"
  period              = 60
  evaluation_periods  = 1
  threshold           = var.p99_ms
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}

# A call that is throttled reaches no version: a slow new one takes the concurrency that all share.
resource "aws_cloudwatch_metric_alarm" "throttles" {
  alarm_name          = "${var.function_name}-canary-throttles"
  alarm_description   = "${var.function_name} was called more often at once than Lambda's concurrency limits allow. ${local.where}"
  namespace           = "AWS/Lambda"
  metric_name         = "Throttles"
  dimensions          = { FunctionName = var.function_name, Resource = local.alias }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
}
