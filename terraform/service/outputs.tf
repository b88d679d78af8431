output "api_url" {
  description = "URL of the service's API; null without one."
  value       = var.base_path == null ? null : "${var.api_url}/${module.service.base_path}"
}

output "functions" {
  description = "By Chalice's name: name, arn, the version published last, alias_arn, role_arn, log_group, and the dead-letter queue of one that gets messages."
  value       = module.service.functions
}

output "rest_api_id" {
  description = "Id of the service's REST API; null without one."
  value       = module.service.rest_api_id
}

output "rest_api_stage" {
  description = "Name of the REST API's stage; null without one."
  value       = module.service.rest_api_stage
}

output "rest_api_digest" {
  description = "Digest of the API description, by which its deployment is found; null without one."
  value       = module.service.rest_api_digest
}

output "canary_alarms" {
  description = "Names of the alarms that a release of this service is watched by, sorted; none without canary."
  value       = module.service.alarms
}

output "switches" {
  description = "What calls the service, as it is configured while the service is not paused: what `make pause` switches off, and what `make resume` sets."
  value       = module.service.switches
}
