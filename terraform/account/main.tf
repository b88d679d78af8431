# What all stages of an account share: the zone of its subdomain, the certificate for their APIs,
# the bucket that their packages are uploaded to, API Gateway's right to write logs, the key of alarm topics, and how
# feature flags are changed.

locals {
  name = "${var.project}-${var.account_name}"
}

module "zone" {
  source = "../modules/hosted_zone"

  name = var.subdomain
}

module "delegation" {
  source    = "../modules/zone_delegation"
  providers = { aws = aws.dns }

  parent_zone_id = var.root_zone_id
  name           = module.zone.zone_name
  name_servers   = module.zone.name_servers
}

module "certificate" {
  source = "../modules/certificate"

  domain_name       = "*.api.${var.subdomain}"
  alternative_names = var.api_domains
  zone_id           = module.zone.zone_id
  delegation        = module.delegation.id
}

module "artifacts" {
  source = "../modules/private_bucket"

  name                    = "${local.name}-artifacts-${var.account_id}"
  protected               = true
  require_tls             = var.require_tls
  noncurrent_version_days = 365 # as far back as a release can be rolled back to
}

module "api_logging" {
  source = "../modules/api_logging"

  role_name = "${local.name}-api-logging"
}

module "alarm_key" {
  source = "../modules/alarm_key"

  name       = "${local.name}-alarms"
  account_id = var.account_id
}

# Here and not in each stage: an account may have 20 of these.
# https://docs.aws.amazon.com/general/latest/gr/appconfig.html#limits_appconfig
module "instant_deployment" {
  source = "../modules/instant_deployment"

  name = "${local.name}-instant"
}
