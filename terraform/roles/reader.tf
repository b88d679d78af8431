# The reader's rights: how everything is configured, the states and the logs. No data, no secret, no change.

locals {
  reader = {
    look = [
      {
        Sid      = "StatesPackagesReleases"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = concat(["${local.state}/*"], local.artifacts)
      },
      {
        Sid    = "Buckets"
        Effect = "Allow"
        Action = [
          "s3:GetAccelerateConfiguration",
          "s3:GetBucket*",
          "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration",
          "s3:ListBucket",
          "s3:ListBucketVersions",
          "s3:ListTagsForResource",
        ]
        Resource = [local.state, local.uploads, "arn:aws:s3:::${local.name}-artifacts-${var.account_id}"]
      },
      {
        Sid      = "Tables"
        Effect   = "Allow"
        Action   = ["dynamodb:Describe*", "dynamodb:ListTagsOfResource"]
        Resource = "arn:aws:dynamodb:${local.here}:table/${local.stages}"
      },
      {
        Sid    = "Pools"
        Effect = "Allow"
        Action = [
          "cognito-identity:DescribeIdentityPool",
          "cognito-identity:GetIdentityPoolRoles",
          "cognito-identity:ListTagsForResource",
          "cognito-idp:DescribeUserPool",
          "cognito-idp:DescribeUserPoolClient",
          "cognito-idp:GetUserPoolMfaConfig",
          "cognito-idp:ListTagsForResource",
        ]
        Resource = [
          "arn:aws:cognito-identity:${local.here}:identitypool/*",
          "arn:aws:cognito-idp:${local.here}:userpool/*",
        ]
      },
      {
        Sid    = "TopicsQueuesSecretsRules"
        Effect = "Allow"
        Action = [
          "events:DescribeRule",
          "events:ListTagsForResource",
          "events:ListTargetsByRule",
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetResourcePolicy",
          "secretsmanager:ListSecretVersionIds",
          "sns:GetDataProtectionPolicy",
          "sns:GetTopicAttributes",
          "sns:ListSubscriptionsByTopic",
          "sns:ListTagsForResource",
          "sqs:GetQueueAttributes",
          "sqs:GetQueueUrl",
          "sqs:ListQueueTags",
        ]
        Resource = [
          "arn:aws:events:${local.here}:rule/${local.stages}",
          "arn:aws:secretsmanager:${local.here}:secret:${local.stages}",
          "arn:aws:sns:${local.here}:${local.stages}",
          "arn:aws:sqs:${local.here}:${local.stages}",
        ]
      },
      {
        Sid    = "Functions"
        Effect = "Allow"
        Action = [
          "lambda:GetAlias",
          "lambda:GetEventSourceMapping",
          "lambda:GetFunction*",
          "lambda:GetPolicy",
          "lambda:GetRuntimeManagementConfig",
          "lambda:ListAliases",
          "lambda:ListTags",
          "lambda:ListVersionsByFunction",
        ]
        Resource = [
          "arn:aws:lambda:${local.here}:event-source-mapping:*",
          "arn:aws:lambda:${local.here}:function:${local.stages}",
        ]
      },
      {
        Sid    = "Releases"
        Effect = "Allow"
        Action = [
          "states:DescribeExecution",
          "states:DescribeStateMachine",
          "states:GetExecutionHistory",
          "states:ListExecutions",
          "states:ListStateMachineVersions",
          "states:ListTagsForResource",
        ]
        Resource = [local.releases, local.executions]
      },
      {
        Sid    = "Apis"
        Effect = "Allow"
        Action = "apigateway:GET"
        Resource = [for path in ["domainnames", "domainnames/*", "restapis", "restapis/*", "tags/*"] :
        "arn:aws:apigateway:${var.region}::/${path}"]
      },
      {
        Sid      = "Zones"
        Effect   = "Allow"
        Action   = ["route53:GetChange", "route53:GetHostedZone", "route53:ListResourceRecordSets"]
        Resource = ["arn:aws:route53:::change/*", "arn:aws:route53:::hostedzone/*"]
      },
      {
        Sid    = "LogsAndAlarms"
        Effect = "Allow"
        Action = [
          "cloudwatch:DescribeAlarms",
          "cloudwatch:ListTagsForResource",
          "logs:DescribeLogStreams",
          "logs:FilterLogEvents",
          "logs:GetLogEvents",
          "logs:ListTagsForResource",
        ]
        Resource = concat(local.log_groups, ["arn:aws:cloudwatch:${local.here}:alarm:${local.stages}"])
      },
      {
        Sid    = "Flags"
        Effect = "Allow"
        Action = [
          "appconfig:GetApplication",
          "appconfig:GetConfigurationProfile",
          "appconfig:GetEnvironment",
          "appconfig:GetHostedConfigurationVersion",
          "appconfig:ListDeployments",
          "appconfig:ListHostedConfigurationVersions",
          "appconfig:ListTagsForResource",
        ]
        Resource = local.flags
      },
      {
        Sid    = "Roles"
        Effect = "Allow"
        Action = [
          "iam:GetRole",
          "iam:GetRolePolicy",
          "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole",
          "iam:ListRolePolicies",
          "iam:ListRoleTags",
        ]
        Resource = local.role_arns
      },
      {
        # A plan checks a state machine's definition, which changes nothing and knows no resource.
        Sid    = "Nameless"
        Effect = "Allow"
        Action = [
          "chatbot:DescribeSlackChannelConfigurations",
          "chatbot:ListTagsForResource",
          "lambda:ListEventSourceMappings",
          "logs:DescribeLogGroups",
          "sns:GetSubscriptionAttributes",
          "states:ValidateStateMachineDefinition",
        ]
        Resource = "*"
      },
    ]

    private = local.private
  }
}
