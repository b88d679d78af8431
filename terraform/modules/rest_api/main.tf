# A REST API from an OpenAPI (Swagger 2.0) body, under a base path of the stage's domain, callable by signed-in users.

locals {
  # What callers get differs when this does. The release layer deploys the API anew then, and finds each deployment by it.
  digest = sha1(jsonencode([var.body, var.binary_media_types, var.minimum_compression_size]))
}

resource "aws_api_gateway_rest_api" "this" {
  name                     = var.name
  description              = "Managed by Terraform"
  body                     = var.body
  binary_media_types       = var.binary_media_types
  minimum_compression_size = var.minimum_compression_size

  # Only by its domain name, so that a stage has one address.
  disable_execute_api_endpoint = true

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

# The first deployment, because a stage cannot be made without one. Every later one is the release layer's, which moves the
# stage to it and back: Terraform would remove the old one, and nothing could go back to it.
resource "aws_api_gateway_deployment" "first" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  description = "Body ${local.digest}"

  lifecycle {
    ignore_changes = [description, triggers]
  }
}

moved {
  from = aws_api_gateway_deployment.this
  to   = aws_api_gateway_deployment.first
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_api_gateway_stage" "this" {
  rest_api_id          = aws_api_gateway_rest_api.this.id
  deployment_id        = aws_api_gateway_deployment.first.id
  stage_name           = var.stage_name
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn

    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
    format = jsonencode({
      requestId        = "$context.requestId"
      extendedId       = "$context.extendedRequestId"
      traceId          = "$context.xrayTraceId"
      time             = "$context.requestTime"
      method           = "$context.httpMethod"
      path             = "$context.path"
      resource         = "$context.resourcePath"
      status           = "$context.status"
      responseLength   = "$context.responseLength"
      latencyMs        = "$context.responseLatency"
      integrationMs    = "$context.integrationLatency"
      integrationState = "$context.integrationStatus"
      identity         = "$context.identity.cognitoIdentityId"
      error            = "$context.error.responseType"
    })
  }

  lifecycle {
    ignore_changes = [deployment_id]
  }
}

resource "aws_api_gateway_method_settings" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    throttling_rate_limit  = var.paused ? 0 : var.throttle_rate
    throttling_burst_limit = var.paused ? 0 : var.throttle_burst
    logging_level          = "OFF" # these logs may hold bodies; the access log and the function's own say enough
    data_trace_enabled     = false
  }
}

resource "aws_api_gateway_base_path_mapping" "this" {
  api_id      = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  domain_name = var.domain_name
  base_path   = var.base_path
}

locals {
  # Every method of this API in this stage, and nothing of any other API.
  methods_arn = "${aws_api_gateway_rest_api.this.execution_arn}/${var.stage_name}/*"
}

resource "aws_lambda_permission" "invoke" {
  statement_id  = "rest-api"
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  function_name = var.function.name
  qualifier     = var.function.alias_name
  source_arn    = local.methods_arn
}

resource "aws_iam_role_policy" "signed_in" {
  count = var.signed_in_role_name == null ? 0 : 1

  name = "invoke-${var.name}"
  role = var.signed_in_role_name

  # One short statement: ephemeral stages share the role, and all its policies together have 10,240 characters.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "execute-api:Invoke"
      Resource = local.methods_arn
    }]
  })
}

module "server_errors_alarm" {
  source = "../count_alarm"

  name        = "${var.name}-server-errors"
  description = "The API ${var.name} answered with a 5xx status. See ${aws_cloudwatch_log_group.access.name}."
  namespace   = "AWS/ApiGateway"
  metric_name = "5XXError"
  dimensions  = { ApiName = aws_api_gateway_rest_api.this.name, Stage = aws_api_gateway_stage.this.stage_name }
  topic_arn   = var.alarm_topic_arn
}
