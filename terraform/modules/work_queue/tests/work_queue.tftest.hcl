mock_provider "aws" {}

variables {
  name              = "notes-test-work"
  retention_seconds = 3600
}

run "encrypted_and_forgetful" {
  command = plan

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled
    error_message = "Not encrypted."
  }

  assert {
    condition     = aws_sqs_queue.this.message_retention_seconds == 3600
    error_message = "Messages must be dropped when they are too old."
  }
}

run "refuses_more_than_sqs_can" {
  command = plan

  variables {
    retention_seconds = 1209601
  }

  expect_failures = [var.retention_seconds]
}
