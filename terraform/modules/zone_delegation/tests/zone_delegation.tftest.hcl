mock_provider "aws" {}

variables {
  parent_zone_id = "ZPARENT"
  name           = "dev.notes.example"
  name_servers   = ["ns-1.example.net", "ns-2.example.net"]
}

run "the_parent_names_the_childs_servers" {
  command = plan

  assert {
    condition = (
      aws_route53_record.this.zone_id == "ZPARENT"
      && aws_route53_record.this.type == "NS"
      && aws_route53_record.this.name == "dev.notes.example"
      && aws_route53_record.this.records == toset(["ns-1.example.net", "ns-2.example.net"])
    )
    error_message = "The parent zone must name the child's servers."
  }
}
