output "id" {
  description = "Known once the world can find the child zone: for what must wait for that."
  value       = aws_route53_record.this.id
}
