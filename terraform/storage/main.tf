# The data that stages may share: notes, uploads, and who may sign in.

locals {
  name = "${var.project}-${var.stage}"
}

module "notes" {
  source = "../modules/table"

  name      = "${local.name}-notes"
  hash_key  = "user_id"
  range_key = "note_id"
  protected = var.protected
}

module "uploads" {
  source = "../modules/private_bucket"

  name         = "${local.name}-uploads-${var.account_id}"
  protected    = var.protected
  require_tls  = var.require_tls
  cors_origins = var.allowed_origins
}

module "user_pool" {
  source = "../modules/user_pool"

  name      = "${local.name}-users"
  protected = var.protected
}

module "identity_pool" {
  source = "../modules/identity_pool"

  name                = "${local.name}-identities"
  role_name           = "${local.name}-signed-in"
  user_pool_client_id = module.user_pool.client_id
  user_pool_endpoint  = module.user_pool.endpoint
  uploads_bucket_arn  = module.uploads.arn

  permissions_boundary_arn = var.permissions_boundary_arn
}
