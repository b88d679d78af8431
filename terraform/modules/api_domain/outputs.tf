output "domain_name" {
  description = "Domain name of the APIs."
  value       = aws_api_gateway_domain_name.this.domain_name
}
