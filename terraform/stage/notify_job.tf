module "notifications" {
  source = "../modules/table"
  count  = local.has_notify ? 1 : 0

  name          = "${local.name}-notifications"
  hash_key      = "event_id"
  ttl_attribute = "expires_at"
  protected     = var.protected
}

module "notify_dead_letters" {
  source = "../modules/dead_letter_queue"
  count  = local.has_notify ? 1 : 0

  name            = "${local.name}-notify-dead-letters"
  source_topic    = { arn = module.purchase_topic[0].arn }
  alarm_topic_arn = module.alarm_topic.arn
}

module "admin_phone" {
  source = "../modules/secret"
  count  = local.has_notify ? 1 : 0

  name        = "${local.name}-admin-phone"
  description = "Phone number (E.164) that gets an SMS for each purchase"
  protected   = var.protected
}
