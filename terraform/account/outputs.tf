output "zone_id" {
  description = "Id of the subdomain's zone."
  value       = module.zone.zone_id
}

output "zone_name" {
  description = "Domain name of the subdomain's zone."
  value       = module.zone.zone_name
}

output "certificate_arn" {
  description = "Certificate for *.api.<subdomain>."
  value       = module.certificate.arn
}

output "artifact_bucket_name" {
  description = "Bucket for packages."
  value       = module.artifacts.name
}

output "artifact_bucket_arn" {
  description = "ARN of the bucket for packages."
  value       = module.artifacts.arn
}

output "alarm_key_arn" {
  description = "Key that encrypts the stages' alarm topics."
  value       = module.alarm_key.arn
}

output "flag_strategy_id" {
  description = "How AppConfig deploys a changed feature flag: at once."
  value       = module.instant_deployment.id
}

output "root_zone_id" {
  description = "Id of the parent zone that delegates to this account's."
  value       = var.root_zone_id
}

output "delegation_role_arn" {
  description = "Role with which the delegation was made."
  value       = var.delegation_role_arn
}
