# The deployer's rights by area: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# A right on "*" is one for which AWS knows no resource, or one whose resource has no name to go by.

# What holds data is in deployer_data.tf, what runs and answers in deployer_services.tf, releases in deployer_releases.tf,
# feature flags in deployer_flags.tf.

locals {
  deployer = merge(local.deployer_data, local.deployer_services, local.deployer_releases, local.deployer_flags, {
    state = [
      {
        Sid      = "States"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = "${local.state}/*"
      },
      {
        Sid      = "PackagesAndReleases"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = local.artifacts
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
        Resource  = local.role_arns
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
        Resource = local.role_arns
      },
      {
        # Not those of releases: their path is none of these.
        Sid       = "HandRolesToServices"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = "arn:aws:iam::${var.account_id}:role/${local.stages}"
        Condition = { StringEquals = { "iam:PassedToService" = ["chatbot.amazonaws.com", "cognito-identity.amazonaws.com", "lambda.amazonaws.com"] } }
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
  })
}
