# One service in one stage: what Chalice packaged.

module "service" {
  source = "../modules/chalice_service"

  name        = "${var.project}-${var.stage}-${var.service}"
  package_dir = var.package_dir

  package = {
    bucket        = var.package_bucket
    key           = var.package_key
    sha256_base64 = var.package_sha256_base64
  }

  api_domain_name     = var.api_domain_name
  base_path           = var.base_path
  signed_in_role_name = var.signed_in_role_name
  log_level           = var.log_level
  log_retention_days  = var.log_retention_days
  throttle_rate       = var.throttle_rate
  throttle_burst      = var.throttle_burst
  alarm_topic_arn     = var.alarm_topic_arn
  canary              = var.canary
  paused              = var.paused

  permissions_boundary_arn = var.permissions_boundary_arn
}
