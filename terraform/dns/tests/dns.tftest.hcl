mock_provider "aws" {
  override_during = plan

  mock_resource "aws_route53_zone" {
    defaults = { arn = "arn:aws:route53:::hostedzone/ZROOT", name_servers = ["ns-1.example.net"] }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::100000000001:role/notes-dns-delegation" }
  }
}

variables {
  project      = "notes"
  account_name = "dns"
  account_id   = "100000000001"
  region       = "us-east-1"
  root_domain  = "notes.example"
  subdomains   = { "200000000002" = "dev.notes.example", "300000000003" = "prod.notes.example" }
}

run "outputs" {
  command = plan

  assert {
    condition     = output.zone_name == "notes.example" && output.name_servers == tolist(["ns-1.example.net"])
    error_message = "The registrar needs the root zone's name servers."
  }

  assert {
    condition     = keys(output.delegation_role_arns) == ["200000000002", "300000000003"]
    error_message = "Each other account needs its role."
  }
}

run "refuses_a_subdomain_of_another_domain" {
  command = plan

  variables {
    subdomains = { "200000000002" = "dev.other.example" }
  }

  expect_failures = [var.subdomains]
}

run "refuses_what_is_no_account" {
  command = plan

  variables {
    account_id = "1"
  }

  expect_failures = [var.account_id]
}
