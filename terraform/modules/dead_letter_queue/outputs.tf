output "name" {
  description = "Name of the queue."
  value       = aws_sqs_queue.this.name
}

output "arn" {
  description = "ARN of the queue, once it is there."
  value       = aws_sqs_queue.this.arn
}

output "expected_arn" {
  description = "The same, known before: for rights that need not wait for the 25 s that a new queue takes."
  value       = local.arn
}

output "url" {
  description = "URL of the queue."
  value       = aws_sqs_queue.this.url
}
