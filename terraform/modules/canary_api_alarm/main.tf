# An alarm on all of an API's answers while a release is under way, which goes back when it rings. It wakes nobody.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html

locals {
  dimensions = { ApiName = var.api_name, Stage = var.stage_name }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = "${var.api_name}-canary-server-errors"
  alarm_description   = "The API ${var.api_name} answers more than ${var.error_percent} % of its requests with a 5xx status. See its log group /aws/apigateway/${var.api_name}."
  evaluation_periods  = 1
  threshold           = var.error_percent
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "percent"
    label       = "5xx answers in percent"
    expression  = "100 * errors / requests"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      errors   = { metric_name = "5XXError", stat = "Sum" }
      requests = { metric_name = "Count", stat = "SampleCount" }
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApiGateway"
        metric_name = metric_query.value.metric_name
        dimensions  = local.dimensions
        period      = 60
        stat        = metric_query.value.stat
      }
    }
  }
}
