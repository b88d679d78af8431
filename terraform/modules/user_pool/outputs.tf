output "id" {
  description = "Id of the user pool."
  value       = aws_cognito_user_pool.this.id
}

output "arn" {
  description = "ARN of the user pool."
  value       = aws_cognito_user_pool.this.arn
}

output "endpoint" {
  description = "The pool as an identity provider: cognito-idp.<region>.amazonaws.com/<id>."
  value       = aws_cognito_user_pool.this.endpoint
}

output "client_id" {
  description = "Id of the client."
  value       = aws_cognito_user_pool_client.this.id
}
