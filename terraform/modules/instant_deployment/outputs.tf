output "id" {
  description = "Id of the strategy."
  value       = aws_appconfig_deployment_strategy.this.id
}
