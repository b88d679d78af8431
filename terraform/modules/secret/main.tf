# The container of a secret. Its value is written by `make secret` and never seen by Terraform.

resource "aws_secretsmanager_secret" "this" {
  name                    = var.name
  description             = var.description
  recovery_window_in_days = var.protected ? 30 : 0
}
