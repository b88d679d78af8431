output "zone_id" {
  description = "Id of the zone."
  value       = aws_route53_zone.this.zone_id
}

output "zone_arn" {
  description = "ARN of the zone."
  value       = aws_route53_zone.this.arn
}

output "zone_name" {
  description = "Domain name of the zone."
  value       = aws_route53_zone.this.name
}

output "name_servers" {
  description = "Name servers that answer for the zone."
  value       = aws_route53_zone.this.name_servers
}
