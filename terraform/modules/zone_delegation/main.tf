# The NS record in a parent zone that makes the world find a child zone. The parent may live in another account: hand
# this module a provider that can write there.

resource "aws_route53_record" "this" {
  zone_id = var.parent_zone_id
  name    = var.name
  type    = "NS"
  ttl     = 300
  records = var.name_servers
}
