# The most that a role made by a deployer can do, whatever its own policies say: what the functions, the
# signed-in users and the releases of any stage need for their work, and nothing that builds or opens anything.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html

locals {
  here = "${var.region}:${var.account_id}"

  # For a role that was assumed the key is the role itself with its path, not its session. No function has a role with
  # this path: see terraform/roles/deployer.tf.
  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
  is_a_release = { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::${var.account_id}:role/releases/${var.project}-*" } }
}

resource "aws_iam_policy" "this" {
  name        = var.name
  description = "The most that a stage's functions and signed-in users can do" # another text would replace it, which AWS refuses

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Items"
        Effect = "Allow"
        Action = [
          "dynamodb:BatchGetItem",
          "dynamodb:BatchWriteItem",
          "dynamodb:ConditionCheckItem",
          "dynamodb:DeleteItem",
          "dynamodb:GetItem",
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
        ]
        Resource = "arn:aws:dynamodb:${local.here}:table/${var.project}-*"
      },
      {
        Sid    = "Uploads"
        Effect = "Allow"
        Action = ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        Resource = [
          "arn:aws:s3:::${var.project}-*-uploads-${var.account_id}",
          "arn:aws:s3:::${var.project}-*-uploads-${var.account_id}/private/*",
        ]
      },
      {
        Sid      = "SecretValues"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = "arn:aws:secretsmanager:${local.here}:secret:${var.project}-*"
      },
      {
        Sid      = "FeatureFlags"
        Effect   = "Allow"
        Action   = ["appconfig:GetLatestConfiguration", "appconfig:StartConfigurationSession"]
        Resource = "arn:aws:appconfig:${local.here}:application/*"
      },
      {
        Sid      = "Publish"
        Effect   = "Allow"
        Action   = "sns:Publish"
        Resource = "arn:aws:sns:${local.here}:${var.project}-*"
      },
      {
        # An SMS has no topic.
        Sid         = "Sms"
        Effect      = "Allow"
        Action      = "sns:Publish"
        NotResource = "arn:aws:sns:*:*:*"
      },
      {
        Sid    = "Queues"
        Effect = "Allow"
        Action = [
          "sqs:ChangeMessageVisibility",
          "sqs:DeleteMessage",
          "sqs:GetQueueAttributes",
          "sqs:ReceiveMessage",
          "sqs:SendMessage",
        ]
        Resource = "arn:aws:sqs:${local.here}:${var.project}-*"
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:aws:logs:${local.here}:log-group:/aws/lambda/${var.project}-*"
      },
      {
        Sid      = "CallApis"
        Effect   = "Allow"
        Action   = "execute-api:Invoke"
        Resource = "arn:aws:execute-api:${local.here}:*"
      },
      {
        # X-Ray knows no resources for these two.
        Sid      = "Tracing"
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = "*"
      },
      # What a release does, for the roles of releases only: no function may call another or move what users get.
      {
        Sid       = "TryNewVersions"
        Effect    = "Allow"
        Action    = "lambda:InvokeFunction"
        Resource  = "arn:aws:lambda:${local.here}:function:${var.project}-*:*"
        Condition = local.is_a_release
      },
      {
        Sid       = "MoveAliases"
        Effect    = "Allow"
        Action    = "lambda:UpdateAlias"
        Resource  = "arn:aws:lambda:${local.here}:function:${var.project}-*"
        Condition = local.is_a_release
      },
      {
        Sid       = "LookAtAlarms"
        Effect    = "Allow"
        Action    = "cloudwatch:DescribeAlarms"
        Resource  = "arn:aws:cloudwatch:${local.here}:alarm:${var.project}-*"
        Condition = local.is_a_release
      },
      {
        Sid       = "MoveApis"
        Effect    = "Allow"
        Action    = "apigateway:PATCH"
        Resource  = "arn:aws:apigateway:${var.region}::/restapis/*/stages/*"
        Condition = local.is_a_release
      },
    ]
  })
}
