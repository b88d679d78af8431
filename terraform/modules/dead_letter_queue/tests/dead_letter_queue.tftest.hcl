mock_provider "aws" {
  override_during = plan
}

variables {
  name            = "notes-test-dead-letters"
  alarm_topic_arn = "arn:aws:sns:us-east-1:200000000002:notes-test-alarms"
}

run "kept_as_long_as_possible_and_encrypted" {
  command = plan

  assert {
    condition     = aws_sqs_queue.this.message_retention_seconds == 1209600
    error_message = "SQS keeps messages for 14 days at most: use them."
  }

  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled
    error_message = "Not encrypted."
  }
}

run "takes_what_the_topic_could_not_deliver" {
  command = plan

  variables {
    source_topic = { arn = "arn:aws:sns:us-east-1:200000000002:notes-test-purchases" }
  }

  assert {
    condition = jsondecode(aws_sqs_queue.this.policy).Statement == [{
      Sid       = "UndeliveredMessages"
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:aws:sqs:us-east-1:200000000002:notes-test-dead-letters"
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:us-east-1:200000000002:notes-test-purchases" } }
    }]
    error_message = "Exactly this topic may send."
  }
}
