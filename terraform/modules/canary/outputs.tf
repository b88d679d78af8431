output "arn" {
  description = "ARN of the state machine."
  value       = aws_sfn_state_machine.this.arn

  # It answers, and could not go back, without its rights.
  depends_on = [aws_iam_role_policy.this]
}

output "name" {
  description = "Name of the state machine."
  value       = aws_sfn_state_machine.this.name
}
