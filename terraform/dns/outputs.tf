output "zone_id" {
  description = "Id of the root zone."
  value       = module.zone.zone_id
}

output "zone_name" {
  description = "Domain name of the root zone."
  value       = module.zone.zone_name
}

output "name_servers" {
  description = "Name servers of the root zone, for its registrar."
  value       = module.zone.name_servers
}

output "delegation_role_arns" {
  description = "Role that each other account assumes to delegate its subdomain, by account id."
  value       = { for account_id, role in module.delegation_role : account_id => role.arn }
}
