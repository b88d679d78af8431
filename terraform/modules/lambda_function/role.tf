# The role: what the runtime needs, on exact ARNs, and what the service's own policy says.

locals {
  runtime_statements = concat(
    [
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
      },
      {
        # X-Ray knows no resources for these two.
        Sid      = "Tracing"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = ["*"]
      },
    ],
    var.message_sources == null ? [] : [{
      Sid      = "DeadLetters"
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = [module.dead_letters[0].expected_arn]
    }],
    length(var.queue_arns) == 0 ? [] : [{
      Sid      = "Poll"
      Effect   = "Allow"
      Action   = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      Resource = sort(var.queue_arns)
    }],
  )
}

resource "aws_iam_role" "this" {
  name        = var.name
  description = "What ${var.name} may do"

  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "runtime" {
  name   = "runtime"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.runtime_statements })
}

resource "aws_iam_role_policy" "business" {
  # IAM refuses a policy without statements.
  count = length(jsondecode(var.policy).Statement) == 0 ? 0 : 1

  name   = "business"
  role   = aws_iam_role.this.id
  policy = var.policy
}
