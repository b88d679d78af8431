# The deployer's rights by area: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# A right on "*" is one for which AWS knows no resource, or one whose resource has no name to go by.

locals {
  deployer = {
    state = [
      {
        Sid      = "States"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = "${local.state}/*"
      },
      {
        Sid      = "Packages"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "arn:aws:s3:::${local.name}-artifacts-${var.account_id}/packages/*"
      },
      {
        Sid      = "Buckets"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"]
        Resource = [local.state, "arn:aws:s3:::${local.name}-artifacts-${var.account_id}"]
      },
      {
        # What the administrator applies is the administrator's to record.
        Sid    = "NotTheAccountsOwn"
        Effect = "Deny"
        Action = ["s3:DeleteObject*", "s3:PutObject*"]
        Resource = flatten([for layer in ["account", "dns", "roles"] : [
          "${local.state}/${layer}.tfstate*", "${local.state}/applied/${layer}.json",
        ]])
      },
    ]

    storage = [
      {
        Sid    = "Tables"
        Effect = "Allow"
        Action = [
          "dynamodb:CreateTable",
          "dynamodb:DeleteTable",
          "dynamodb:Describe*",
          "dynamodb:ListTagsOfResource",
          "dynamodb:TagResource",
          "dynamodb:UntagResource",
          "dynamodb:UpdateContinuousBackups",
          "dynamodb:UpdateTable",
          "dynamodb:UpdateTimeToLive",
        ]
        Resource = "arn:aws:dynamodb:${local.here}:table/${local.stages}"
      },
      {
        Sid      = "WhatWasNotified"
        Effect   = "Allow"
        Action   = "dynamodb:GetItem"
        Resource = "arn:aws:dynamodb:${local.here}:table/${local.stages}-notifications"
      },
      {
        Sid    = "UploadsBuckets"
        Effect = "Allow"
        Action = [
          "s3:CreateBucket",
          "s3:DeleteBucket",
          "s3:DeleteBucketPolicy",
          "s3:GetAccelerateConfiguration",
          "s3:GetBucket*",
          "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration",
          "s3:ListBucket",
          "s3:ListBucketVersions",
          "s3:ListTagsForResource",
          "s3:PutBucketCORS",
          "s3:PutBucketOwnershipControls",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging",
          "s3:PutBucketVersioning",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
          "s3:TagResource",
          "s3:UntagResource",
        ]
        Resource = local.uploads
      },
      {
        # A bucket goes with what is in it, where the stage is not protected.
        Sid      = "EmptyUploadsBuckets"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
        Resource = "${local.uploads}/*"
      },
      {
        Sid      = "MakePools"
        Effect   = "Allow"
        Action   = ["cognito-identity:CreateIdentityPool", "cognito-idp:CreateUserPool"]
        Resource = "*"
      },
      {
        Sid    = "UserPools"
        Effect = "Allow"
        Action = [
          "cognito-idp:AdminConfirmSignUp",
          "cognito-idp:AdminDeleteUser",
          "cognito-idp:CreateUserPoolClient",
          "cognito-idp:DeleteUserPool",
          "cognito-idp:DeleteUserPoolClient",
          "cognito-idp:DescribeUserPool",
          "cognito-idp:DescribeUserPoolClient",
          "cognito-idp:GetUserPoolMfaConfig",
          "cognito-idp:ListTagsForResource",
          "cognito-idp:SetUserPoolMfaConfig",
          "cognito-idp:TagResource",
          "cognito-idp:UntagResource",
          "cognito-idp:UpdateUserPool",
          "cognito-idp:UpdateUserPoolClient",
        ]
        Resource = "arn:aws:cognito-idp:${local.here}:userpool/*"
      },
      {
        Sid    = "IdentityPools"
        Effect = "Allow"
        Action = [
          "cognito-identity:DeleteIdentityPool",
          "cognito-identity:DescribeIdentityPool",
          "cognito-identity:GetIdentityPoolRoles",
          "cognito-identity:ListTagsForResource",
          "cognito-identity:SetIdentityPoolRoles",
          "cognito-identity:TagResource",
          "cognito-identity:UntagResource",
          "cognito-identity:UpdateIdentityPool",
        ]
        Resource = "arn:aws:cognito-identity:${local.here}:identitypool/*"
      },
    ]

    messages = [
      {
        Sid    = "Topics"
        Effect = "Allow"
        Action = [
          "sns:CreateTopic",
          "sns:DeleteTopic",
          "sns:GetDataProtectionPolicy",
          "sns:GetTopicAttributes",
          "sns:ListSubscriptionsByTopic",
          "sns:ListTagsForResource",
          "sns:SetTopicAttributes",
          "sns:Subscribe",
          "sns:TagResource",
          "sns:UntagResource",
        ]
        Resource = "arn:aws:sns:${local.here}:${local.stages}"
      },
      {
        Sid      = "Subscriptions"
        Effect   = "Allow"
        Action   = ["sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"]
        Resource = "*"
      },
      {
        Sid    = "Queues"
        Effect = "Allow"
        Action = [
          "sqs:CreateQueue",
          "sqs:DeleteQueue",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
          "sqs:ListQueueTags",
          "sqs:SetQueueAttributes",
          "sqs:TagQueue",
          "sqs:UntagQueue",
        ]
        Resource = "arn:aws:sqs:${local.here}:${local.stages}"
      },
      {
        Sid      = "BringBackDeadLetters"
        Effect   = "Allow"
        Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
        Resource = "arn:aws:sqs:${local.here}:${local.stages}-dead-letters"
      },
      {
        # To the function that takes messages, never to one that answers for a user.
        Sid      = "ToTheirFunction"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = "arn:aws:lambda:${local.here}:function:${local.stages}-notify-job-notify:live"
      },
      {
        Sid    = "Secrets"
        Effect = "Allow"
        Action = [
          "secretsmanager:CreateSecret",
          "secretsmanager:DeleteSecret",
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetResourcePolicy",
          "secretsmanager:ListSecretVersionIds",
          "secretsmanager:PutSecretValue",
          "secretsmanager:RestoreSecret",
          "secretsmanager:TagResource",
          "secretsmanager:UntagResource",
          "secretsmanager:UpdateSecret",
        ]
        Resource = "arn:aws:secretsmanager:${local.here}:secret:${local.stages}"
      },
      {
        Sid    = "Rules"
        Effect = "Allow"
        Action = [
          "events:DeleteRule",
          "events:DescribeRule",
          "events:DisableRule",
          "events:EnableRule",
          "events:ListTagsForResource",
          "events:ListTargetsByRule",
          "events:PutRule",
          "events:PutTargets",
          "events:RemoveTargets",
          "events:TagResource",
          "events:UntagResource",
        ]
        Resource = "arn:aws:events:${local.here}:rule/${local.stages}"
      },
    ]

    compute = [
      {
        Sid    = "Functions"
        Effect = "Allow"
        Action = [
          "lambda:AddPermission",
          "lambda:CreateAlias",
          "lambda:CreateFunction",
          "lambda:DeleteAlias",
          "lambda:DeleteFunction*",
          "lambda:GetAlias",
          "lambda:GetFunction*",
          "lambda:GetPolicy",
          "lambda:GetRuntimeManagementConfig",
          "lambda:ListAliases",
          "lambda:ListTags",
          "lambda:ListVersionsByFunction",
          "lambda:PublishVersion",
          "lambda:PutFunctionConcurrency",
          "lambda:PutFunctionEventInvokeConfig",
          "lambda:RemovePermission",
          "lambda:TagResource",
          "lambda:UntagResource",
          "lambda:UpdateAlias",
          "lambda:UpdateFunctionCode",
          "lambda:UpdateFunctionConfiguration",
          "lambda:UpdateFunctionEventInvokeConfig",
        ]
        Resource = "arn:aws:lambda:${local.here}:function:${local.stages}"
      },
      {
        Sid    = "Polling"
        Effect = "Allow"
        Action = [
          "lambda:CreateEventSourceMapping",
          "lambda:DeleteEventSourceMapping",
          "lambda:UpdateEventSourceMapping",
        ]
        Resource  = "*"
        Condition = { ArnLike = { "lambda:FunctionArn" = "arn:aws:lambda:${local.here}:function:${local.stages}" } }
      },
      {
        Sid    = "LookAtPolling"
        Effect = "Allow"
        Action = [
          "lambda:GetEventSourceMapping",
          "lambda:ListEventSourceMappings",
          "lambda:ListTags",
          "lambda:TagResource",
          "lambda:UntagResource",
        ]
        Resource = ["arn:aws:lambda:${local.here}:event-source-mapping:*"]
      },
      {
        # APIs are known by ids that they get when they are made.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-create-and-manage-api.html
        Sid    = "Apis"
        Effect = "Allow"
        Action = [
          "apigateway:AddCertificateToDomain",
          "apigateway:DELETE",
          "apigateway:GET",
          "apigateway:PATCH",
          "apigateway:POST",
          "apigateway:PUT",
          "apigateway:RemoveCertificateFromDomain",
        ]
        Resource = [for path in ["domainnames", "domainnames/*", "restapis", "restapis/*", "tags/*"] :
        "arn:aws:apigateway:${var.region}::/${path}"]
      },
      {
        Sid      = "ApiNames"
        Effect   = "Allow"
        Action   = "route53:ChangeResourceRecordSets"
        Resource = "arn:aws:route53:::hostedzone/*"
        Condition = {
          "ForAllValues:StringEquals" = { "route53:ChangeResourceRecordSetsRecordTypes" = ["A"] }
          "ForAllValues:StringLike" = {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames" = concat(["*.api.${var.subdomain}"], sort(var.api_domains))
          }
        }
      },
      {
        Sid      = "Zone"
        Effect   = "Allow"
        Action   = ["route53:GetHostedZone", "route53:ListResourceRecordSets"]
        Resource = "arn:aws:route53:::hostedzone/*"
      },
      {
        Sid      = "ZoneChanges"
        Effect   = "Allow"
        Action   = "route53:GetChange"
        Resource = "arn:aws:route53:::change/*"
      },
    ]

    watching = [
      {
        Sid    = "LogGroups"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup",
          "logs:DeleteLogGroup",
          "logs:DeleteRetentionPolicy",
          "logs:DescribeLogStreams",
          "logs:FilterLogEvents",
          "logs:GetLogEvents",
          "logs:ListTagsForResource",
          "logs:PutRetentionPolicy",
          "logs:TagResource",
          "logs:UntagResource",
        ]
        Resource = local.log_groups
      },
      {
        Sid      = "FindLogGroups"
        Effect   = "Allow"
        Action   = "logs:DescribeLogGroups"
        Resource = "*"
      },
      {
        Sid    = "Alarms"
        Effect = "Allow"
        Action = [
          "cloudwatch:DeleteAlarms",
          "cloudwatch:DescribeAlarms",
          "cloudwatch:ListTagsForResource",
          "cloudwatch:PutMetricAlarm",
          "cloudwatch:TagResource",
          "cloudwatch:UntagResource",
        ]
        Resource = "arn:aws:cloudwatch:${local.here}:alarm:${local.stages}"
      },
    ]

    roles = [
      {
        # A role that could do more than the boundary is never made, and a bounded one gets its rights only while it is.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
        Sid    = "WithinTheBoundary"
        Effect = "Allow"
        Action = [
          "iam:AttachRolePolicy",
          "iam:CreateRole",
          "iam:DeleteRolePolicy",
          "iam:DetachRolePolicy",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
        ]
        Resource  = "arn:aws:iam::${var.account_id}:role/${local.stages}"
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        Sid    = "Roles"
        Effect = "Allow"
        Action = [
          "iam:DeleteRole",
          "iam:GetRole",
          "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole",
          "iam:ListRolePolicies",
          "iam:ListRoleTags",
          "iam:TagRole",
          "iam:UntagRole",
          "iam:UpdateAssumeRolePolicy",
          "iam:UpdateRole",
          "iam:UpdateRoleDescription",
        ]
        Resource = "arn:aws:iam::${var.account_id}:role/${local.stages}"
      },
      {
        Sid       = "HandRolesToServices"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = "arn:aws:iam::${var.account_id}:role/${local.stages}"
        Condition = { StringEquals = { "iam:PassedToService" = ["cognito-identity.amazonaws.com", "lambda.amazonaws.com"] } }
      },
      {
        # API Gateway has one of its own for domain names, made when the first one is.
        Sid       = "ServiceLinkedRole"
        Effect    = "Allow"
        Action    = "iam:CreateServiceLinkedRole"
        Resource  = "arn:aws:iam::${var.account_id}:role/aws-service-role/ops.apigateway.amazonaws.com/*"
        Condition = { StringEquals = { "iam:AWSServiceName" = "ops.apigateway.amazonaws.com" } }
      },
      {
        Sid    = "NotTheAccountsOwn"
        Effect = "Deny"
        Action = [
          "iam:Attach*",
          "iam:Create*",
          "iam:Delete*",
          "iam:Detach*",
          "iam:PassRole",
          "iam:Put*",
          "iam:Set*",
          "iam:Tag*",
          "iam:Untag*",
          "iam:Update*",
        ]
        Resource = concat(local.own_role_arns, ["arn:aws:iam::${var.account_id}:policy/*"])
      },
      {
        Sid      = "BoundariesStay"
        Effect   = "Deny"
        Action   = "iam:DeleteRolePermissionsBoundary"
        Resource = "*"
      },
    ]

    private = local.private
  }

  log_groups = flatten([for source in ["lambda", "apigateway"] : [
    for suffix in ["", ":*"] : "arn:aws:logs:${local.here}:log-group:/aws/${source}/${local.stages}${suffix}"
  ]])
}
