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

run "takes_what_its_topics_and_rules_could_not_deliver" {
  command = plan

  variables {
    source_topic_arns = ["arn:aws:sns:us-east-1:200000000002:notes-test-purchases"]
    source_rule_arns  = ["arn:aws:events:us-east-1:200000000002:rule/notes-test-uploads"]
  }

  assert {
    condition = jsondecode(aws_sqs_queue.this.policy).Statement == [
      {
        Sid       = "UndeliveredEvents"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "arn:aws:sqs:us-east-1:200000000002:notes-test-dead-letters"
        Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:events:us-east-1:200000000002:rule/notes-test-uploads"] } }
      },
      {
        Sid       = "UndeliveredMessages"
        Effect    = "Allow"
        Principal = { Service = "sns.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "arn:aws:sqs:us-east-1:200000000002:notes-test-dead-letters"
        Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:us-east-1:200000000002:notes-test-purchases"] } }
      },
    ]
    error_message = "Exactly these may send."
  }

  assert {
    condition     = output.expected_arn == "arn:aws:sqs:us-east-1:200000000002:notes-test-dead-letters"
    error_message = "The ARN must be known before the queue is there."
  }
}

run "takes_what_roles_send_that_have_no_right_of_their_own" {
  command = plan

  variables {
    source_role_arns = "arn:aws:iam::200000000002:role/notes-test-*"
  }

  assert {
    condition = [for statement in jsondecode(aws_sqs_queue.this.policy).Statement : [statement.Principal, statement.Condition]] == [
      ["*", { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::200000000002:role/notes-test-*" } }],
    ]
    error_message = "Exactly these roles may send."
  }
}

run "nobody_sends_where_nobody_is_named" {
  command = plan

  assert {
    condition     = length(local.statements) == 0
    error_message = "A policy without statements is none."
  }
}

run "refuses_a_name_that_sqs_would" {
  command = plan

  variables {
    name = "notes-a-stage-with-a-name-a-service-with-a-name-and-a-function-with-one-dead-letters"
  }

  expect_failures = [var.name]
}
