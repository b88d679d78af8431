# Reads what `chalice package --pkg-format terraform` wrote as data and builds today's resources from it:
# versions, the alias `live`, log groups, alarms, access logs and throttling, which Chalice does not know.
# Chalice's own resources refer to each other by strings such as ${aws_lambda_function.tick.arn}: only the name matters.

locals {
  description = jsondecode(file("${var.package_dir}/chalice.tf.json"))
  resources   = local.description.resource

  # The REST handler carries the service's name, the others add their own.
  function_names = {
    for key in keys(local.resources.aws_lambda_function) :
    key => key == "api_handler" ? var.name : "${var.name}-${replace(key, "_", "-")}"
  }

  rest_api      = try(local.resources.aws_api_gateway_rest_api.rest_api, null)
  rules         = try(local.resources.aws_cloudwatch_event_rule, {})
  targets       = try(local.resources.aws_cloudwatch_event_target, {})
  subscriptions = try(local.resources.aws_sns_topic_subscription, {})
  queues        = try(local.resources.aws_lambda_event_source_mapping, {})

  # Which function each rule, subscription or queue calls.
  called = {
    for key, reference in merge(
      { for key, target in local.targets : key => target.arn },
      { for key, subscription in local.subscriptions : key => subscription.endpoint },
      { for key, queue in local.queues : key => queue.function_name },
    ) : key => regex("^\\$\\{aws_lambda_function\\.([A-Za-z0-9_-]+)\\.arn\\}$", reference)[0]
  }

  reserved_concurrency = {
    for key, function in local.resources.aws_lambda_function : key => try(function.reserved_concurrent_executions, -1)
  }

  schedules = [for key, rule in local.rules : key if can(rule.schedule_expression)]

  # Who gets messages that nobody sends twice. API Gateway's caller waits for the answer, a queue keeps what failed,
  # and a schedule comes again by itself.
  patterns = toset([for key, target in local.targets : key if can(local.rules[key].event_pattern)])
  gets_messages = toset(concat(
    [for key in keys(local.subscriptions) : local.called[key]],
    [for key in local.patterns : local.called[key]],
  ))
}

module "function" {
  source   = "../lambda_function"
  for_each = local.resources.aws_lambda_function

  name                 = local.function_names[each.key]
  package              = var.package
  runtime              = each.value.runtime
  handler              = each.value.handler
  architectures        = each.value.architectures
  memory_size          = each.value.memory_size
  timeout              = each.value.timeout
  reserved_concurrency = var.paused ? 0 : local.reserved_concurrency[each.key]
  environment          = each.value.environment.variables
  policy               = local.resources.aws_iam_role_policy["${each.key}_role"].policy
  message_sources      = contains(local.gets_messages, each.key) ? local.message_sources[each.key] : null
  queue_arns           = [for key, queue in local.queues : queue.event_source_arn if local.called[key] == each.key]
  log_level            = var.log_level
  log_retention_days   = var.log_retention_days
  alarm_topic_arn      = var.alarm_topic_arn

  permissions_boundary_arn = var.permissions_boundary_arn
}
