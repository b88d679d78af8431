# The deployer's rights on what runs and answers, and on what is seen of it.

locals {
  deployer_services = {
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
          "lambda:ListTags",
          "lambda:TagResource",
          "lambda:UntagResource",
        ]
        Resource = ["arn:aws:lambda:${local.here}:event-source-mapping:*"]
      },
      {
        # Finds what an interrupted deploy made; the right knows no resource.
        Sid      = "FindPolling"
        Effect   = "Allow"
        Action   = "lambda:ListEventSourceMappings"
        Resource = "*"
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
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awschatbot.html
        Sid    = "ReleaseChats"
        Effect = "Allow"
        Action = [
          "chatbot:CreateSlackChannelConfiguration",
          "chatbot:DeleteSlackChannelConfiguration",
          "chatbot:DescribeSlackChannelConfigurations",
          "chatbot:ListTagsForResource",
          "chatbot:TagResource",
          "chatbot:UntagResource",
          "chatbot:UpdateSlackChannelConfiguration",
        ]
        Resource = "*"
      },
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
  }

  log_groups = flatten([for source in ["lambda", "apigateway"] : [
    for suffix in ["", ":*"] : "arn:aws:logs:${local.here}:log-group:/aws/${source}/${local.stages}${suffix}"
  ]])
}
