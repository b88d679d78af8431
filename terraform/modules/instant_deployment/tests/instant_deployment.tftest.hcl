mock_provider "aws" {}

variables {
  name = "notes-dev-instant"
}

run "nothing_is_waited_for" {
  command = plan

  assert {
    condition = [
      aws_appconfig_deployment_strategy.this.deployment_duration_in_minutes,
      aws_appconfig_deployment_strategy.this.final_bake_time_in_minutes,
      aws_appconfig_deployment_strategy.this.growth_factor,
    ] == [0, 0, 100]
    error_message = "A change must be in use at once, and the next one possible."
  }
}
