# What every stage has of its own, whichever storage it uses: its name on the network and its alarms.
# What belongs to one service is in a file of that service's name.

locals {
  name = "${var.project}-${var.stage}"

  api_domain_name = coalesce(var.api_domain, "${var.stage}.api.${var.subdomain}")

  has_billing     = contains(var.services, "billing_api")
  has_notify      = contains(var.services, "notify_job")
  has_stripe_mock = contains(var.services, "stripe_mock") && var.mocks
}

module "api_domain" {
  source = "../modules/api_domain"

  domain_name     = local.api_domain_name
  certificate_arn = var.certificate_arn
  zone_id         = var.zone_id
}

module "alarm_topic" {
  source = "../modules/topic"

  name               = "${local.name}-alarms"
  account_id         = var.account_id
  kms_key_id         = var.alarm_key_arn
  publisher_services = ["cloudwatch.amazonaws.com"]
  require_tls        = var.require_tls
}
