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
