locals {
  # Chalice left holes in it for Terraform to fill: here with the alias instead of the function.
  body_template = try(local.description.locals.chalice_api_swagger, "")

  body = templatestring(local.body_template, {
    aws_lambda_function = {
      for key, function in module.function : key => { invoke_arn = function.alias_invoke_arn }
    }
  })
}

module "rest_api" {
  source = "../rest_api"
  count  = local.rest_api == null ? 0 : 1

  name                     = var.name
  body                     = local.body
  stage_name               = local.resources.aws_api_gateway_deployment.rest_api.stage_name
  binary_media_types       = local.rest_api.binary_media_types
  minimum_compression_size = try(local.rest_api.minimum_compression_size, null)
  domain_name              = var.api_domain_name
  base_path                = var.base_path
  function                 = module.function["api_handler"]
  signed_in_role_name      = var.signed_in_role_name
  throttle_rate            = var.throttle_rate
  throttle_burst           = var.throttle_burst
  paused                   = var.paused
  log_retention_days       = var.log_retention_days
  alarm_topic_arn          = var.alarm_topic_arn
}
