locals {
  purchases_due_index = "due"
}

module "purchases" {
  source = "../modules/table"
  count  = local.has_billing ? 1 : 0

  name      = "${local.name}-purchases"
  hash_key  = "user_id"
  range_key = "purchase_id"
  indexes   = { (local.purchases_due_index) = { hash_key = "due", range_key = "due_at" } }
  protected = var.protected
}

module "stripe_key" {
  source = "../modules/secret"
  count  = local.has_billing ? 1 : 0

  name        = "${local.name}-stripe-key"
  description = "Stripe's secret API key, from its dashboard"
  protected   = var.protected
}

module "stripe_webhook_secret" {
  source = "../modules/secret"
  count  = local.has_billing ? 1 : 0

  name        = "${local.name}-stripe-webhook-secret"
  description = "What Stripe signs this stage's webhooks with, from its dashboard"
  protected   = var.protected
}
