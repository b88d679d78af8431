output "application_id" {
  description = "Id of the application."
  value       = aws_appconfig_application.this.id
}

output "environment_id" {
  description = "Id of the environment."
  value       = aws_appconfig_environment.this.environment_id
}

output "profile_id" {
  description = "Id of the configuration profile."
  value       = aws_appconfig_configuration_profile.this.configuration_profile_id
}

output "configuration_arn" {
  description = "What a function has to be allowed to read."
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsappconfig.html#awsappconfig-resources-for-iam-policies
  value = join("/", [
    aws_appconfig_application.this.arn,
    "environment", aws_appconfig_environment.this.environment_id,
    "configuration", aws_appconfig_configuration_profile.this.configuration_profile_id,
  ])
}
