# A public zone, and the NS record in its parent zone that makes the world find it.
# The parent may live in another account: `aws.parent` is the provider that can write there.

resource "aws_route53_zone" "this" {
  name    = var.name
  comment = "Managed by Terraform"
}

resource "aws_route53_record" "delegation" {
  count    = var.parent_zone_id == null ? 0 : 1
  provider = aws.parent

  zone_id = var.parent_zone_id
  name    = var.name
  type    = "NS"
  ttl     = 300
  records = aws_route53_zone.this.name_servers
}
