mock_provider "aws" {
  override_during = plan

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:200000000002:notes-test-topic" }
  }

  mock_resource "aws_appconfig_application" {
    defaults = { id = "app1234", arn = "arn:aws:appconfig:us-east-1:200000000002:application/app1234" }
  }

  mock_resource "aws_appconfig_environment" {
    defaults = { environment_id = "env1234" }
  }

  mock_resource "aws_appconfig_configuration_profile" {
    defaults = { configuration_profile_id = "pro1234" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:200000000002:notes-test-queue" }
  }
}

variables {
  project         = "notes"
  stage           = "pr-42"
  account_id      = "200000000002"
  region          = "us-east-1"
  protected       = false
  mocks           = true
  services        = ["billing_api", "notes_api", "notify_job", "stripe_mock"]
  subdomain       = "dev.notes.example"
  zone_id         = "ZDEV"
  certificate_arn = "arn:aws:acm:us-east-1:200000000002:certificate/00000000-0000-0000-0000-000000000000"
  alarm_key_arn   = "arn:aws:kms:us-east-1:200000000002:key/00000000-0000-0000-0000-000000000000"

  permissions_boundary_arn = "arn:aws:iam::200000000002:policy/notes-dev-boundary"
}

run "every_service_gets_what_it_owns" {
  command = plan

  assert {
    condition     = output.api_domain_name == "pr-42.api.dev.notes.example" && output.api_url == "https://pr-42.api.dev.notes.example"
    error_message = "A stage's API is <stage>.api.<subdomain>."
  }

  assert {
    condition = [
      output.purchases_table_name, output.purchases_due_index_name, output.notifications_table_name,
      output.stripe_mock_table_name, output.topic_name,
      output.secrets["stripe-key"].name, output.secrets["stripe-webhook-secret"].name, output.secrets["admin-phone"].name,
      ] == [
      "notes-pr-42-purchases", "due", "notes-pr-42-notifications",
      "notes-pr-42-stripe-mock", "notes-pr-42-purchases",
      "notes-pr-42-stripe-key", "notes-pr-42-stripe-webhook-secret", "notes-pr-42-admin-phone",
    ]
    error_message = "Names are <project>-<stage>-<thing>."
  }
}

run "flags_are_the_stages_own" {
  command = plan

  assert {
    condition     = [output.feature_flags.application_id, output.feature_flags.environment_id, output.feature_flags.profile_id] == ["app1234", "env1234", "pro1234"]
    error_message = "A function reads the flags of its own stage."
  }
}

run "no_mocks_where_the_stage_has_none" {
  command = plan

  variables {
    mocks = false
  }

  assert {
    condition     = output.stripe_mock_table_name == null && output.stripe_mock_queue_url == null
    error_message = "A stage without mocks must not have what a mock owns."
  }

  assert {
    condition     = output.purchases_table_name == "notes-pr-42-purchases"
    error_message = "The services themselves are not mocks."
  }
}

run "a_mock_alone" {
  command = plan

  variables {
    services = ["stripe_mock"]
  }

  assert {
    condition     = output.stripe_mock_table_name == "notes-pr-42-stripe-mock"
    error_message = "The mock needs its table."
  }

  assert {
    condition     = alltrue([for name in [output.topic_arn, output.purchases_table_arn] : name == null]) && length(output.secrets) == 0
    error_message = "A stage must not have what services own that it does not deploy."
  }
}

run "no_new_stage_has_a_queue_that_all_subscribers_share" {
  command = plan

  assert {
    condition     = output.notify_dead_letter_queue_arn == null && length(module.notify_dead_letters) == 0
    error_message = "Each subscriber has its own."
  }
}

run "an_old_one_stays_while_it_is_needed" {
  command = plan

  variables {
    shared_dead_letters = true
  }

  assert {
    condition     = output.notify_dead_letter_queue_name == "notes-pr-42-notify-dead-letters" && output.notify_dead_letter_queue_arn != null
    error_message = "It must be the same queue, and known to what still sends to it."
  }
}

run "a_name_of_its_own_and_another_way_to_call_it" {
  command = plan

  variables {
    api_domain     = "api.dev.notes.example"
    api_url_format = "http://127.0.0.1:4566/_api/%s"
  }

  assert {
    condition     = output.api_url == "http://127.0.0.1:4566/_api/api.dev.notes.example"
    error_message = "The URL must follow the format."
  }
}

run "refuses_a_url_format_without_a_place_for_the_name" {
  command = plan

  variables {
    api_url_format = "https://example.com"
  }

  expect_failures = [var.api_url_format]
}

run "refuses_a_stage_without_services" {
  command = plan

  variables {
    services = []
  }

  expect_failures = [var.services]
}

run "nobody_is_told_of_releases_unless_named" {
  command = plan

  assert {
    condition     = output.release_topic_arn != null && length(aws_sns_topic_subscription.testers) == 0 && length(module.release_chat) == 0
    error_message = "The topic is always there, subscribers are those of stages.toml."
  }
}

run "testers_and_a_channel_are_told_of_releases" {
  command = plan

  variables {
    testers = ["ana@example.com", "ben@example.com"]
    chat    = { slack_team_id = "T07EA123LEP", slack_channel_id = "C07EZ1ABC23" }
  }

  assert {
    condition     = { for address, made in aws_sns_topic_subscription.testers : address => made.protocol } == { "ana@example.com" = "email", "ben@example.com" = "email" }
    error_message = "Each tester gets e-mail."
  }

  assert {
    condition     = length(module.release_chat) == 1
    error_message = "The channel is told."
  }
}

run "refuses_what_is_no_address" {
  command = plan

  variables {
    testers = ["ana"]
  }

  expect_failures = [var.testers]
}
