mock_provider "aws" {
  override_during = plan

  mock_resource "aws_route53_zone" {
    defaults = { name_servers = ["ns-1.example.net", "ns-2.example.net"] }
  }
}

mock_provider "aws" {
  alias = "parent"
}

variables {
  name = "dev.notes.example"
}

run "delegated_in_the_parent_zone" {
  command = plan

  variables {
    parent_zone_id = "ZPARENT"
  }

  assert {
    condition = (
      aws_route53_record.delegation[0].zone_id == "ZPARENT"
      && aws_route53_record.delegation[0].type == "NS"
      && aws_route53_record.delegation[0].name == "dev.notes.example"
      && aws_route53_record.delegation[0].records == toset(["ns-1.example.net", "ns-2.example.net"])
    )
    error_message = "The parent zone must name this zone's servers."
  }
}

run "a_root_zone_is_delegated_by_its_registrar" {
  command = plan

  assert {
    condition     = length(aws_route53_record.delegation) == 0
    error_message = "There is no parent zone to write to."
  }
}

run "refuses_a_trailing_dot" {
  command = plan

  variables {
    name = "notes.example."
  }

  expect_failures = [var.name]
}
