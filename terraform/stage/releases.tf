# What brings releases to users a share at a time. Where it is not wanted they get each at once.

module "release" {
  source = "../modules/canary"
  count  = var.canary ? 1 : 0

  name            = "${local.name}-release"
  prefix          = "${local.name}-"
  api_tags        = { project = var.project, stage = var.stage }
  account_id      = var.account_id
  region          = var.region
  alarm_topic_arn = module.alarm_topic.arn

  permissions_boundary_arn = var.permissions_boundary_arn
}
