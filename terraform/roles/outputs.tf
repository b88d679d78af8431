output "deployer_role_arn" {
  description = "Role that builds stages."
  value       = module.deployer.arn
}

output "reader_role_arn" {
  description = "Role that looks and changes nothing."
  value       = module.reader.arn
}

output "release_role_arns" {
  description = "Roles that may move what users get, and that the deployer makes for releases."
  value       = local.release_role
}

output "permissions_boundary_arn" {
  description = "Boundary that every role of a stage has to have."
  value       = module.boundary.arn
}
