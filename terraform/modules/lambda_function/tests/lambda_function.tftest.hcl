mock_provider "aws" {
  override_during = plan

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::200000000002:role/notes-test-notes-api" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:200000000002:log-group:/aws/lambda/notes-test-notes-api" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { version = "7" }
  }
}

variables {
  name               = "notes-test-notes-api"
  package            = { bucket = "notes-dev-artifacts", key = "packages/x.zip", sha256_base64 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" }
  runtime            = "python3.11"
  handler            = "app.app"
  memory_size        = 512
  timeout            = 10
  environment        = { STAGE = "test" }
  log_level          = "INFO"
  log_retention_days = 14
  alarm_topic_arn    = "arn:aws:sns:us-east-1:200000000002:notes-test-alarms"
  policy             = "{\"Version\": \"2012-10-17\", \"Statement\": []}"
}

run "published_traced_and_logged" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.publish && aws_lambda_alias.live.name == "live" && aws_lambda_alias.live.function_version == "7"
    error_message = "The alias live must start at the published version."
  }

  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Not traced."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/lambda/notes-test-notes-api" && aws_cloudwatch_log_group.this.retention_in_days == 14
    error_message = "Its logs must be kept for the days that the stage says."
  }
}

run "a_policy_of_its_own_and_nothing_more" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role_policy.runtime.policy).Statement == [
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:us-east-1:200000000002:log-group:/aws/lambda/notes-test-notes-api:*"]
      },
      {
        Sid      = "Tracing"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = ["*"]
      },
    ]
    error_message = "The runtime may write this function's logs and traces, and nothing else."
  }

  assert {
    condition     = length(aws_iam_role_policy.business) == 0
    error_message = "IAM refuses a policy without statements."
  }

  assert {
    condition     = length(aws_lambda_function_event_invoke_config.live) == 0
    error_message = "Without a dead-letter queue there is nowhere to send failures."
  }

  assert {
    condition     = output.dead_letter_queue_arn == null && length(aws_lambda_function.this.tags) == 0
    error_message = "A function that gets no messages needs no queue, and nobody but its callers calls it."
  }
}

run "what_the_code_does" {
  command = plan

  variables {
    policy = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"dynamodb:GetItem\", \"Resource\": \"arn:aws:dynamodb:us-east-1:200000000002:table/notes-test-notes\"}]}"
  }

  assert {
    condition     = aws_iam_role_policy.business[0].policy == var.policy
    error_message = "The service's policy must arrive as it was written."
  }
}

run "messages_and_dead_letters" {
  command = plan

  variables {
    message_sources = {
      topic_arns = ["arn:aws:sns:us-east-1:200000000002:notes-test-purchases"]
      rule_arns  = []
    }
    queue_arns = ["arn:aws:sqs:us-east-1:200000000002:notes-test-work"]
  }

  override_resource {
    target          = module.dead_letters[0].aws_sqs_queue.this
    values          = { arn = "arn:aws:sqs:us-east-1:200000000002:the-queue", url = "https://the-queue" }
    override_during = plan
  }

  assert {
    condition     = module.dead_letters[0].name == "notes-test-notes-api-dead-letters"
    error_message = "The queue must be the function's own."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.live[0].destination_config[0].on_failure[0].destination == "arn:aws:sqs:us-east-1:200000000002:the-queue"
    error_message = "What failed must go to the dead-letter queue, once it is there."
  }

  assert {
    condition     = [output.dead_letter_queue_arn, output.dead_letter_queue_url] == ["arn:aws:sqs:us-east-1:200000000002:the-queue", "https://the-queue"]
    error_message = "Callers and tools must know the queue."
  }

  assert {
    condition     = aws_lambda_function.this.tags == tomap({ gets = "messages" })
    error_message = "The deployer may send messages again to functions with this tag only."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.live[0].qualifier == "live"
    error_message = "The alias is what is called: only its configuration counts."
  }

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.runtime.policy).Statement : statement.Sid => statement.Resource
      } == {
      Logs        = ["arn:aws:logs:us-east-1:200000000002:log-group:/aws/lambda/notes-test-notes-api:*"]
      Tracing     = ["*"]
      DeadLetters = ["arn:aws:sqs:us-east-1:200000000002:notes-test-notes-api-dead-letters"]
      Poll        = ["arn:aws:sqs:us-east-1:200000000002:notes-test-work"]
    }
    error_message = "It may send to exactly this dead-letter queue and poll exactly this queue."
  }
}

run "refuses_a_name_that_lambda_would" {
  command = plan

  variables {
    name = "notes-test-a-service-with-a-long-name-and-a-function-with-a-longer-one"
  }

  expect_failures = [var.name]
}

run "refuses_an_unknown_log_level" {
  command = plan

  variables {
    log_level = "debug"
  }

  expect_failures = [var.log_level]
}

run "refuses_a_policy_that_is_none" {
  command = plan

  variables {
    policy = "{}"
  }

  expect_failures = [var.policy]
}
