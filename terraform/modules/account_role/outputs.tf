output "assume_role_policy" {
  description = "Who may assume the role."
  value       = aws_iam_role.this.assume_role_policy
}

output "arn" {
  description = "ARN of the role."
  value       = aws_iam_role.this.arn
  # Without its policies the role can be assumed but does nothing.
  depends_on = [aws_iam_role_policy_attachment.this]
}
