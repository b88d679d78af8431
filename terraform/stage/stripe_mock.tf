module "stripe_mock_table" {
  source = "../modules/table"
  count  = local.has_stripe_mock ? 1 : 0

  name          = "${local.name}-stripe-mock"
  hash_key      = "pk"
  range_key     = "sk"
  ttl_attribute = "expires_at"
  protected     = false
}

# Webhooks on their way to billing_api. Stripe gives up after days, its mock after an hour.
module "stripe_mock_queue" {
  source = "../modules/work_queue"
  count  = local.has_stripe_mock ? 1 : 0

  name              = "${local.name}-stripe-mock-webhooks"
  retention_seconds = 60 * 60
}
