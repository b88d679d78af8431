output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "ARN of the function, without a version."
  value       = aws_lambda_function.this.arn
}

output "version" {
  description = "The version published last. The alias may still point to another."
  value       = aws_lambda_function.this.version
}

output "alias_name" {
  description = "Name of the alias."
  value       = aws_lambda_alias.live.name
}

output "alias_arn" {
  description = "ARN that everything calls."
  value       = aws_lambda_alias.live.arn
}

output "alias_invoke_arn" {
  description = "The same for API Gateway."
  value       = aws_lambda_alias.live.invoke_arn
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "log_group" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "reserved_concurrency" {
  description = "Calls that may run at once; -1: as many as the account has left."
  value       = aws_lambda_function.this.reserved_concurrent_executions
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue of messages that the function failed on; null if it gets none."
  value       = one(module.dead_letters[*].arn)
}

output "dead_letter_queue_url" {
  description = "URL of the queue of messages that the function failed on."
  value       = one(module.dead_letters[*].url)
}
