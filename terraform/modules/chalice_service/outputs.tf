output "functions" {
  description = "By Chalice's name: name, arn, the version published last, alias_arn, role_arn, log_group, and the dead-letter queue of one that gets messages."
  value = {
    for key, function in module.function : key => {
      name      = function.name
      arn       = function.arn
      version   = function.version
      alias_arn = function.alias_arn
      role_arn  = function.role_arn
      log_group = function.log_group

      dead_letter_queue_arn = function.dead_letter_queue_arn
      dead_letter_queue_url = function.dead_letter_queue_url
    }
  }
}

output "rest_api_id" {
  description = "Id of the REST API; null without one."
  value       = one(module.rest_api[*].id)
}

output "rest_api_stage" {
  description = "Name of the REST API's stage; null without one."
  value       = one(module.rest_api[*].stage_name)
}

output "rest_api_digest" {
  description = "Digest of the API description, by which its deployment is found; null without one."
  value       = one(module.rest_api[*].digest)
}

output "base_path" {
  description = "Base path of the REST API, once it answers; null without one."
  value       = one(module.rest_api[*].base_path)
}

output "alarms" {
  description = "Names of the alarms that a release of this service is watched by, sorted; none without canary."
  value       = sort(concat(flatten([for alarms in module.canary_function_alarms : alarms.names]), module.canary_api_alarm[*].name))
}

output "switches" {
  description = "What calls the service, as it is configured while it is not paused: functions with their reserved concurrency, api (id, stage, rate, burst), schedules, queues by the id of their mapping, and deliveries, the topics (ARNs) and the rules (names) that send events, by function."
  value = {
    functions = { for key, name in local.function_names : name => local.reserved_concurrency[key] }
    api = local.rest_api == null ? null : {
      id    = one(module.rest_api[*].id)
      stage = one(module.rest_api[*].stage_name)
      rate  = var.throttle_rate
      burst = var.throttle_burst
    }
    schedules = [for key in local.schedules : aws_cloudwatch_event_rule.this[key].name]
    queues    = { for key, mapping in aws_lambda_event_source_mapping.this : mapping.uuid => mapping.event_source_arn }
    deliveries = {
      for key in local.gets_messages : local.function_names[key] => sort(concat(
        [for name, subscription in local.subscriptions : subscription.topic_arn if local.called[name] == key],
        [for name, rule in local.rules : aws_cloudwatch_event_rule.this[name].name if can(rule.event_pattern) && local.called[name] == key],
      ))
    }
  }
}
