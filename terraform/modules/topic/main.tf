# An encrypted topic that its own account and the named AWS services may publish to, over TLS only.

resource "aws_sns_topic" "this" {
  name              = var.name
  kms_master_key_id = var.kms_key_id
}

locals {
  tls_only = {
    Sid       = "RequireTls"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sns:Publish"
    Resource  = aws_sns_topic.this.arn
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }

  own_account = {
    Sid       = "OwnAccount"
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
    Action    = ["sns:Publish", "sns:Subscribe"]
    Resource  = aws_sns_topic.this.arn
  }

  services = {
    Sid       = "Services"
    Effect    = "Allow"
    Principal = { Service = sort(var.publisher_services) }
    Action    = "sns:Publish"
    Resource  = aws_sns_topic.this.arn
    Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
  }
}

resource "aws_sns_topic_policy" "this" {
  arn = aws_sns_topic.this.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      var.require_tls ? [local.tls_only] : [],
      [local.own_account],
      length(var.publisher_services) > 0 ? [local.services] : [],
    )
  })
}
