# The root zone, in the account of its own. Its registrar points to the name servers in the outputs.

module "zone" {
  source = "../modules/hosted_zone"

  name = var.root_domain
}

# One each, so that no account can point another's subdomain elsewhere.
module "delegation_role" {
  source   = "../modules/delegation_role"
  for_each = var.subdomains

  name                = "${var.project}-${var.account_name}-delegation-${each.key}"
  zone_arn            = module.zone.zone_arn
  trusted_account_ids = [each.key]
  subdomains          = [each.value]
}
