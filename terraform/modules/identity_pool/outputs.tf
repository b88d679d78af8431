output "id" {
  description = "Id of the identity pool."
  value       = aws_cognito_identity_pool.this.id
}

output "signed_in_role_name" {
  description = "Name of the signed-in users' role."
  value       = aws_iam_role.signed_in.name
}

output "signed_in_role_arn" {
  description = "ARN of the signed-in users' role."
  value       = aws_iam_role.signed_in.arn
}
