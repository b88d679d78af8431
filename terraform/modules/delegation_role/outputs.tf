output "arn" {
  description = "ARN of the role."
  value       = aws_iam_role.this.arn
  # Without its policy the role can be assumed but does nothing.
  depends_on = [aws_iam_role_policy.this]
}
