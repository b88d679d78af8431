# What another account assumes to delegate its subdomain to itself: NS records of one zone, for named subdomains only.
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html

resource "aws_iam_role" "this" {
  name        = var.name
  description = "Other accounts delegate their subdomains in this zone with it"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = [for id in sort(var.trusted_account_ids) : "arn:aws:iam::${id}:root"] }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "delegate"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "route53:ChangeResourceRecordSets"
        Resource = var.zone_arn
        Condition = {
          "ForAllValues:StringEquals" = {
            "route53:ChangeResourceRecordSetsRecordTypes"           = ["NS"]
            "route53:ChangeResourceRecordSetsNormalizedRecordNames" = sort(var.subdomains)
          }
        }
      },
      {
        Effect   = "Allow"
        Action   = ["route53:GetHostedZone", "route53:ListResourceRecordSets"]
        Resource = var.zone_arn
      },
      {
        # Whether a change has reached the name servers. Changes have ids of their own, which nobody knows beforehand.
        Effect   = "Allow"
        Action   = "route53:GetChange"
        Resource = "*"
      },
    ]
  })
}
