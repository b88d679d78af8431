output "notes_table_name" {
  description = "Name of the notes table."
  value       = module.notes.name
}

output "notes_table_arn" {
  description = "ARN of the notes table."
  value       = module.notes.arn
}

output "uploads_bucket_name" {
  description = "Name of the bucket for attachments."
  value       = module.uploads.name
}

output "uploads_bucket_arn" {
  description = "ARN of the bucket for attachments."
  value       = module.uploads.arn
}

output "user_pool_id" {
  description = "User pool to sign up and sign in at."
  value       = module.user_pool.id
}

output "user_pool_arn" {
  description = "ARN of the user pool."
  value       = module.user_pool.arn
}

output "user_pool_client_id" {
  description = "Client that apps sign in with."
  value       = module.user_pool.client_id
}

output "identity_pool_id" {
  description = "Identity pool that gives AWS credentials for a user pool's token."
  value       = module.identity_pool.id
}

output "signed_in_role_name" {
  description = "Role of signed-in users."
  value       = module.identity_pool.signed_in_role_name
}

output "signed_in_role_arn" {
  description = "ARN of the role of signed-in users."
  value       = module.identity_pool.signed_in_role_arn
}
