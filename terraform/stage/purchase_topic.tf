# What billing_api publishes and notify_job listens to.

module "purchase_topic" {
  source = "../modules/topic"
  count  = local.has_billing || local.has_notify ? 1 : 0

  name        = "${local.name}-purchases"
  account_id  = var.account_id
  require_tls = var.require_tls
}
