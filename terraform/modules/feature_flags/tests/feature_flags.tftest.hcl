mock_provider "aws" {
  override_during = plan

  mock_resource "aws_appconfig_application" {
    defaults = { id = "app1234", arn = "arn:aws:appconfig:us-east-1:200000000002:application/app1234" }
  }

  mock_resource "aws_appconfig_environment" {
    defaults = { environment_id = "env1234" }
  }

  mock_resource "aws_appconfig_configuration_profile" {
    defaults = { configuration_profile_id = "pro1234" }
  }
}

variables {
  name = "notes-test-flags"
}

run "where_flags_lie" {
  command = plan

  assert {
    condition     = [aws_appconfig_configuration_profile.this.location_uri, aws_appconfig_configuration_profile.this.type] == ["hosted", "AWS.Freeform"]
    error_message = "AppConfig keeps the values itself, and does not read them."
  }

  assert {
    condition     = output.configuration_arn == "arn:aws:appconfig:us-east-1:200000000002:application/app1234/environment/env1234/configuration/pro1234"
    error_message = "A function is allowed this configuration in this environment, and no other."
  }
}

run "what_a_flag_may_look_like" {
  command = plan

  assert {
    condition     = one(aws_appconfig_configuration_profile.this.validator).type == "JSON_SCHEMA"
    error_message = "AppConfig must refuse a value that no function understands."
  }

  assert {
    condition = alltrue([
      jsondecode(one(aws_appconfig_configuration_profile.this.validator).content).additionalProperties.required == ["share", "users"],
      jsondecode(one(aws_appconfig_configuration_profile.this.validator).content).additionalProperties.properties.share.maximum == 100,
    ])
    error_message = "A flag is a share in percent and a list of users."
  }
}
