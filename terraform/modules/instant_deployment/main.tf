# Puts a new configuration to use at once. AppConfig's own AllAtOnce does too, but bakes for ten minutes, in which no
# other change can begin: https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-deployment-strategy-predefined.html

resource "aws_appconfig_deployment_strategy" "this" {
  name                           = var.name
  description                    = "At once, to everybody"
  deployment_duration_in_minutes = 0
  final_bake_time_in_minutes     = 0
  growth_factor                  = 100
  replicate_to                   = "NONE"
}
