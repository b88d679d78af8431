# The deployer's rights on feature flags: where they lie, and their values.
# Applications are known by ids that they get when they are made, so the rights are on all of the account's.

locals {
  deployer_flags = {
    flags = [
      {
        # Listing finds what an interrupted deploy made; what is made anew has no id yet under which it is tagged.
        Sid      = "MakeApplications"
        Effect   = "Allow"
        Action   = ["appconfig:CreateApplication", "appconfig:ListApplications", "appconfig:TagResource"]
        Resource = "*"
      },
      {
        Sid    = "Applications"
        Effect = "Allow"
        Action = [
          "appconfig:CreateConfigurationProfile",
          "appconfig:CreateEnvironment",
          "appconfig:DeleteApplication",
          "appconfig:DeleteConfigurationProfile",
          "appconfig:DeleteEnvironment",
          "appconfig:GetApplication",
          "appconfig:GetConfigurationProfile",
          "appconfig:GetEnvironment",
          "appconfig:ListConfigurationProfiles",
          "appconfig:ListEnvironments",
          "appconfig:ListTagsForResource",
          "appconfig:UntagResource",
          "appconfig:UpdateApplication",
          "appconfig:UpdateConfigurationProfile",
          "appconfig:UpdateEnvironment",
          "appconfig:ValidateConfiguration",
        ]
        Resource = local.flags
      },
      {
        Sid    = "FlagValues"
        Effect = "Allow"
        Action = [
          "appconfig:CreateHostedConfigurationVersion",
          "appconfig:DeleteHostedConfigurationVersion",
          "appconfig:GetDeployment",
          "appconfig:GetHostedConfigurationVersion",
          "appconfig:ListDeployments",
          "appconfig:ListHostedConfigurationVersions",
          "appconfig:StartDeployment",
        ]
        Resource = local.flags
      },
      {
        # The strategy itself is the account's.
        Sid      = "DeployAtOnce"
        Effect   = "Allow"
        Action   = "appconfig:StartDeployment"
        Resource = "arn:aws:appconfig:${local.here}:deploymentstrategy/*"
      },
    ]
  }

  # Ids are given when they are made.
  flags = ["arn:aws:appconfig:${local.here}:application/*"]
}
