# What calls functions other than over HTTP, always through the alias `live`.

locals {
  # What puts messages into the function's dead-letter queue that it could not hand over.
  message_sources = {
    for function in local.gets_messages : function => {
      topic_arns = sort(distinct([for key, from in local.subscriptions : from.topic_arn if local.called[key] == function]))
      rule_arns  = [for key in local.patterns : aws_cloudwatch_event_rule.this[key].arn if local.called[key] == function]
    }
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules

  name                = "${var.name}-${replace(each.key, "_", "-")}"
  description         = try(each.value.description, "") != "" ? each.value.description : "Calls ${local.called[each.key]}"
  schedule_expression = try(each.value.schedule_expression, null)
  event_pattern       = try(each.value.event_pattern, null)

  # Events of a pattern go on: while the service is paused they end in the dead-letter queue. A schedule has nothing to keep.
  state = var.paused && contains(local.schedules, each.key) ? "DISABLED" : "ENABLED"
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.targets

  rule      = aws_cloudwatch_event_rule.this[each.key].name
  target_id = each.value.target_id
  arn       = module.function[local.called[each.key]].alias_arn

  # For events that EventBridge could not hand over; what the function fails on goes there by its invoke configuration.
  dynamic "dead_letter_config" {
    for_each = contains(local.patterns, each.key) ? [module.function[local.called[each.key]].dead_letter_queue_arn] : []

    content {
      arn = dead_letter_config.value
    }
  }

  # Nothing arrives before there is a way for what fails.
  depends_on = [module.function]
}

resource "aws_lambda_permission" "event" {
  for_each = local.targets

  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  function_name = module.function[local.called[each.key]].name
  qualifier     = module.function[local.called[each.key]].alias_name
  source_arn    = aws_cloudwatch_event_rule.this[each.key].arn
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.subscriptions

  topic_arn = each.value.topic_arn
  protocol  = "lambda"
  endpoint  = module.function[local.called[each.key]].alias_arn

  # For messages that SNS could not hand over; what the function fails on goes there by its invoke configuration.
  redrive_policy = jsonencode({ deadLetterTargetArn = module.function[local.called[each.key]].dead_letter_queue_arn })

  # SNS asks the function right away, and nothing arrives before there is a way for what fails.
  depends_on = [aws_lambda_permission.topic, module.function]
}

resource "aws_lambda_permission" "topic" {
  for_each = local.subscriptions

  statement_id  = each.key
  action        = "lambda:InvokeFunction"
  principal     = "sns.amazonaws.com"
  function_name = module.function[local.called[each.key]].name
  qualifier     = module.function[local.called[each.key]].alias_name
  source_arn    = each.value.topic_arn
}

resource "aws_lambda_event_source_mapping" "this" {
  for_each = local.queues

  event_source_arn                   = each.value.event_source_arn
  function_name                      = module.function[local.called[each.key]].alias_arn
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.maximum_batching_window_in_seconds
  enabled                            = !var.paused
}
