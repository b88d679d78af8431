# A public zone. Until its parent, or for a root zone its registrar, names its servers, nobody finds it.

resource "aws_route53_zone" "this" {
  name    = var.name
  comment = "Managed by Terraform"
}
