mock_provider "aws" {
  override_during = plan

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn = "arn:aws:acm:us-east-1:200000000002:certificate/00000000-0000-0000-0000-000000000000"
      domain_validation_options = [{
        domain_name           = "*.api.dev.notes.example"
        resource_record_name  = "_proof.api.dev.notes.example."
        resource_record_type  = "CNAME"
        resource_record_value = "_proof.acm-validations.aws."
      }]
    }
  }

  mock_resource "aws_acm_certificate_validation" {
    defaults = { certificate_arn = "arn:aws:acm:us-east-1:200000000002:certificate/00000000-0000-0000-0000-000000000000" }
  }
}

variables {
  domain_name = "*.api.dev.notes.example"
  zone_id     = "ZDEV"
}

run "proven_in_the_zone" {
  command = plan

  assert {
    condition     = aws_acm_certificate.this.validation_method == "DNS"
    error_message = "Only DNS validation renews itself."
  }

  assert {
    condition = (
      aws_route53_record.validation["*.api.dev.notes.example"].zone_id == "ZDEV"
      && aws_route53_record.validation["*.api.dev.notes.example"].records == toset(["_proof.acm-validations.aws."])
    )
    error_message = "The proof that the certificate asks for must be in the zone."
  }

  assert {
    condition     = output.arn == aws_acm_certificate.this.arn
    error_message = "The output must be this certificate."
  }
}
