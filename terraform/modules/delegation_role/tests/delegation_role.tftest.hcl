mock_provider "aws" {
  override_during = plan
}

variables {
  name                = "notes-dns-delegation"
  zone_arn            = "arn:aws:route53:::hostedzone/ZROOT"
  trusted_account_ids = ["300000000003", "200000000002"]
  subdomains          = ["dev.notes.example", "prod.notes.example"]
}

run "may_change_ns_records_of_named_subdomains_only" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement
      if contains(flatten([statement.Action]), "route53:ChangeResourceRecordSets")
      ] == [{
        Effect   = "Allow"
        Action   = "route53:ChangeResourceRecordSets"
        Resource = "arn:aws:route53:::hostedzone/ZROOT"
        Condition = {
          "ForAllValues:StringEquals" = {
            "route53:ChangeResourceRecordSetsRecordTypes"           = ["NS"]
            "route53:ChangeResourceRecordSetsNormalizedRecordNames" = ["dev.notes.example", "prod.notes.example"]
          }
        }
    }]
    error_message = "The role must change NS records of the subdomains in this zone and nothing else."
  }

  assert {
    condition = alltrue([
      for action in flatten(jsondecode(aws_iam_role_policy.this.policy).Statement[*].Action) :
      action == "route53:ChangeResourceRecordSets" || can(regex("^route53:(Get|List)", action))
    ])
    error_message = "Everything else must be reading."
  }
}

run "trusts_the_named_accounts" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Principal.AWS == ["arn:aws:iam::200000000002:root", "arn:aws:iam::300000000003:root"]
    error_message = "Exactly the named accounts may assume the role."
  }
}

run "refuses_what_is_no_account" {
  command = plan

  variables {
    trusted_account_ids = ["*"]
  }

  expect_failures = [var.trusted_account_ids]
}

run "refuses_to_leave_the_subdomains_open" {
  command = plan

  variables {
    subdomains = []
  }

  expect_failures = [var.subdomains]
}
