mock_provider "aws" {
  override_during = plan

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:200000000002:notes-test-work-dead-letters" }
  }
}

variables {
  name            = "notes-test-work"
  alarm_topic_arn = "arn:aws:sns:us-east-1:200000000002:notes-test-alarms"
}

run "gives_up_after_five_tries" {
  command = plan

  assert {
    condition = jsondecode(aws_sqs_queue.this.redrive_policy) == {
      deadLetterTargetArn = "arn:aws:sqs:us-east-1:200000000002:notes-test-work-dead-letters"
      maxReceiveCount     = 5
    }
    error_message = "After five tries a message belongs into the dead-letter queue."
  }

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled
    error_message = "Not encrypted."
  }
}

run "refuses_to_give_up_at_once" {
  command = plan

  variables {
    max_receives = 0
  }

  expect_failures = [var.max_receives]
}
