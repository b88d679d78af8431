# What a release of this service is watched by, where the stage has releases that start with a share.

module "canary_function_alarms" {
  source   = "../canary_function_alarms"
  for_each = var.canary == null ? {} : local.function_names

  function_name    = module.function[each.key].name
  function_version = module.function[each.key].version
  error_percent    = var.canary.error_percent
  p99_ms           = var.canary.p99_ms
}

module "canary_api_alarm" {
  source = "../canary_api_alarm"
  count  = var.canary == null || local.rest_api == null ? 0 : 1

  api_name      = var.name
  stage_name    = local.resources.aws_api_gateway_deployment.rest_api.stage_name
  error_percent = var.canary.error_percent
}
