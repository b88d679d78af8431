mock_provider "aws" {
  override_during = plan

  mock_resource "aws_api_gateway_domain_name" {
    defaults = {
      regional_domain_name = "d-abc.execute-api.us-east-1.amazonaws.com"
      regional_zone_id     = "ZREGIONAL"
    }
  }
}

variables {
  domain_name     = "pr-42.api.dev.notes.example"
  certificate_arn = "arn:aws:acm:us-east-1:200000000002:certificate/00000000-0000-0000-0000-000000000000"
  zone_id         = "ZDEV"
}

run "the_name_leads_to_the_gateway" {
  command = plan

  assert {
    condition = (
      aws_route53_record.this.zone_id == "ZDEV"
      && aws_route53_record.this.type == "A"
      && aws_route53_record.this.name == "pr-42.api.dev.notes.example"
      && aws_route53_record.this.alias[0].name == "d-abc.execute-api.us-east-1.amazonaws.com"
      && aws_route53_record.this.alias[0].zone_id == "ZREGIONAL"
    )
    error_message = "The record must be an alias of the gateway's regional name."
  }
}

run "todays_tls_only" {
  command = plan

  assert {
    condition     = aws_api_gateway_domain_name.this.security_policy == "TLS_1_2"
    error_message = "TLS 1.0 must be refused."
  }

  assert {
    condition     = aws_api_gateway_domain_name.this.endpoint_configuration[0].types == tolist(["REGIONAL"])
    error_message = "A regional certificate needs a regional endpoint."
  }
}

run "refuses_a_url" {
  command = plan

  variables {
    domain_name = "https://dev.api.dev.notes.example"
  }

  expect_failures = [var.domain_name]
}
