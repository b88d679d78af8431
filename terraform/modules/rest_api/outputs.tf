output "id" {
  description = "Id of the API."
  value       = aws_api_gateway_rest_api.this.id
}

output "execution_arn" {
  description = "What permissions to call the API start with."
  value       = aws_api_gateway_rest_api.this.execution_arn
}

output "base_path" {
  description = "Base path, once it answers."
  value       = aws_api_gateway_base_path_mapping.this.base_path
}

output "stage_name" {
  description = "Name of the API's stage."
  value       = aws_api_gateway_stage.this.stage_name
}

output "digest" {
  description = "Digest of the API description. A deployment of it has the description \"Body <digest>\"."
  value       = local.digest
}
