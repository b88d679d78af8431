mock_provider "aws" {
  override_during = plan

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:us-east-1:300000000003:certificate/00000000-0000-0000-0000-000000000000"
      domain_validation_options = [{
        domain_name           = "*.api.prod.notes.example"
        resource_record_name  = "_proof.api.prod.notes.example."
        resource_record_type  = "CNAME"
        resource_record_value = "_proof.acm-validations.aws."
      }]
    }
  }

  mock_resource "aws_acm_certificate_validation" {
    defaults = { certificate_arn = "arn:aws:acm:us-east-1:300000000003:certificate/00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_appconfig_deployment_strategy" {
    defaults = { id = "str1234" }
  }

  mock_resource "aws_route53_zone" {
    defaults = { name_servers = ["ns-1.example.net"] }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::300000000003:role/notes-prod-api-logging" }
  }
}

mock_provider "aws" {
  alias = "dns"
}

variables {
  project             = "notes"
  account_name        = "prod"
  account_id          = "300000000003"
  region              = "us-east-1"
  subdomain           = "prod.notes.example"
  root_zone_id        = "ZROOT"
  delegation_role_arn = "arn:aws:iam::100000000001:role/notes-dns-delegation-200000000002"
}

run "outputs" {
  command = plan

  assert {
    condition     = output.zone_name == "prod.notes.example"
    error_message = "The account's zone is its subdomain's."
  }

  assert {
    condition     = output.artifact_bucket_name == "notes-prod-artifacts-300000000003"
    error_message = "Names are <project>-<account>-<thing>; a bucket's ends in the account's id."
  }

  assert {
    condition     = output.certificate_arn == "arn:aws:acm:us-east-1:300000000003:certificate/00000000-0000-0000-0000-000000000000"
    error_message = "Stages need the valid certificate."
  }
}

run "flags_change_at_once" {
  command = plan

  assert {
    condition     = output.flag_strategy_id == "str1234"
    error_message = "make flag needs the strategy."
  }
}

run "refuses_a_name_outside_its_zone" {
  command = plan

  variables {
    api_domains = ["api.notes.example"]
  }

  expect_failures = [var.api_domains]
}
