# A function with what belongs to it: role, log group, published versions, and the alias `live` that everything calls.

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  role             = aws_iam_role.this.arn
  s3_bucket        = var.package.bucket
  s3_key           = var.package.key
  source_code_hash = var.package.sha256_base64
  runtime          = var.runtime
  handler          = var.handler
  architectures    = var.architectures
  memory_size      = var.memory_size
  timeout          = var.timeout
  publish          = true

  reserved_concurrent_executions = var.reserved_concurrency

  # The deployer may invoke no other function: only these does make redrive send messages to.
  tags = var.message_sources == null ? {} : { gets = "messages" }

  environment {
    variables = var.environment
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = var.log_level
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.this.name
  }

  # Lambda tries the role before it takes it, and without the log group the first call would make one that never expires.
  depends_on = [aws_iam_role_policy.runtime, aws_iam_role_policy.business]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "What callers get"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version

  # The release layer moves it, gradually where the stage says so.
  lifecycle {
    ignore_changes = [function_version, routing_config]
  }
}

# Of its own, so that a message in it is known to be this function's.
module "dead_letters" {
  source = "../dead_letter_queue"
  count  = var.message_sources == null ? 0 : 1

  name              = "${var.name}-dead-letters"
  source_topic_arns = var.message_sources.topic_arns
  source_rule_arns  = var.message_sources.rule_arns
  alarm_topic_arn   = var.alarm_topic_arn
}

resource "aws_lambda_function_event_invoke_config" "live" {
  count = var.message_sources == null ? 0 : 1

  function_name                = aws_lambda_function.this.function_name
  qualifier                    = aws_lambda_alias.live.name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 6 * 60 * 60

  destination_config {
    on_failure {
      destination = module.dead_letters[0].arn
    }
  }
}

module "errors_alarm" {
  source = "../count_alarm"

  name        = "${var.name}-errors"
  description = "${var.name} failed. See its log group ${aws_cloudwatch_log_group.this.name}."
  namespace   = "AWS/Lambda"
  metric_name = "Errors"
  dimensions  = { FunctionName = aws_lambda_function.this.function_name }
  topic_arn   = var.alarm_topic_arn
}

module "throttles_alarm" {
  source = "../count_alarm"

  name        = "${var.name}-throttles"
  description = "${var.name} was called more often at once than Lambda's concurrency limits allow."
  namespace   = "AWS/Lambda"
  metric_name = "Throttles"
  dimensions  = { FunctionName = aws_lambda_function.this.function_name }
  topic_arn   = var.alarm_topic_arn
}
