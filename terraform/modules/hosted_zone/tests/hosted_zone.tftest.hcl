mock_provider "aws" {
  override_during = plan

  mock_resource "aws_route53_zone" {
    defaults = { zone_id = "ZDEV", name_servers = ["ns-1.example.net"] }
  }
}

variables {
  name = "dev.notes.example"
}

run "tells_who_answers_for_it" {
  command = plan

  assert {
    condition     = output.zone_id == "ZDEV" && output.zone_name == "dev.notes.example" && output.name_servers == tolist(["ns-1.example.net"])
    error_message = "The parent needs the zone's name and servers."
  }
}

run "refuses_a_trailing_dot" {
  command = plan

  variables {
    name = "notes.example."
  }

  expect_failures = [var.name]
}

run "refuses_a_url" {
  command = plan

  variables {
    name = "https://notes.example"
  }

  expect_failures = [var.name]
}
