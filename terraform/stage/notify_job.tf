module "notifications" {
  source = "../modules/table"
  count  = local.has_notify ? 1 : 0

  name          = "${local.name}-notifications"
  hash_key      = "event_id"
  ttl_attribute = "expires_at"
  protected     = var.protected
}

module "admin_phone" {
  source = "../modules/secret"
  count  = local.has_notify ? 1 : 0

  name        = "${local.name}-admin-phone"
  description = "Phone number (E.164) that gets an SMS for each purchase"
  protected   = var.protected
}
