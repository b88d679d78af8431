# Where a stage's feature flags lie. Their values are hosted versions and deployments that `make flag` makes: Terraform
# never sees them, so it neither fights a change nor needs one to be a deploy.
# Freeform and not AppConfig's own flags: shares and lists of users in those are only understood by its agent.
# https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-multi-variant-feature-flags.html

resource "aws_appconfig_application" "this" {
  name        = var.name
  description = "Feature flags"
}

resource "aws_appconfig_environment" "this" {
  name           = var.name
  application_id = aws_appconfig_application.this.id
}

resource "aws_appconfig_configuration_profile" "this" {
  name           = "flags"
  application_id = aws_appconfig_application.this.id
  location_uri   = "hosted"
  type           = "AWS.Freeform"

  validator {
    type    = "JSON_SCHEMA"
    content = jsonencode(local.schema)
  }
}

locals {
  # Which flags there are is said in the code (shared/flags.py); here is what each may look like.
  schema = {
    "$schema" = "http://json-schema.org/draft-04/schema#"
    type      = "object"
    additionalProperties = {
      type                 = "object"
      additionalProperties = false
      required             = ["share", "users"]
      properties = {
        share = { type = "integer", minimum = 0, maximum = 100 }
        users = { type = "array", uniqueItems = true, items = { type = "string", minLength = 1, maxLength = 128 } }
      }
    }
  }
}
