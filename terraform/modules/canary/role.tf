# What a release may do: try this stage's functions, move their aliases, look at this stage's alarms, move its APIs.

locals {
  functions_arn = "arn:aws:lambda:${var.region}:${var.account_id}:function:${var.prefix}*"
}

# The path tells it from the role of a function, whatever that is called: the permissions boundary lets roles with this
# path alone move what users get, and a deployer can hand those to Step Functions alone.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
resource "aws_iam_role" "this" {
  name        = var.name
  path        = "/releases/"
  description = "What releases may do"

  permissions_boundary = var.permissions_boundary_arn

  # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "states.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:aws:states:${var.region}:${var.account_id}:stateMachine:${var.name}" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "release"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # A version only: what users reach is the alias.
        Sid      = "TryNewVersions"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "${local.functions_arn}:*"
      },
      {
        Sid      = "MoveAliases"
        Effect   = "Allow"
        Action   = "lambda:UpdateAlias"
        Resource = local.functions_arn
      },
      {
        Sid      = "LookAtAlarms"
        Effect   = "Allow"
        Action   = "cloudwatch:DescribeAlarms"
        Resource = "arn:aws:cloudwatch:${var.region}:${var.account_id}:alarm:${var.prefix}*"
      },
      merge(
        {
          # APIs are known by ids, so whose they are is told by their tags.
          # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-tagging-iam-policy.html
          Sid      = "MoveApis"
          Effect   = "Allow"
          Action   = "apigateway:PATCH"
          Resource = "arn:aws:apigateway:${var.region}::/restapis/*/stages/*"
        },
        length(var.api_tags) == 0 ? {} : {
          Condition = { StringEquals = { for key, value in var.api_tags : "aws:ResourceTag/${key}" => value } }
        },
      ),
    ]
  })
}
