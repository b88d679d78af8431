# The root zone, in the account of its own. Its registrar points to the name servers in the outputs.

module "zone" {
  source = "../modules/hosted_zone"

  name = var.root_domain
}

module "delegation_role" {
  source = "../modules/delegation_role"

  name                = "${var.project}-${var.account_name}-delegation"
  zone_arn            = module.zone.zone_arn
  trusted_account_ids = keys(var.subdomains)
  subdomains          = values(var.subdomains)
}
