# Who may do what in an account: the deployer builds stages, the reader looks at them, and what a stage's functions and
# users can do stays within a boundary. Built first, because all else of a stage is built by the deployer.
# deployer.tf and reader.tf hold the rights themselves.

locals {
  name    = "${var.project}-${var.account_name}"
  here    = "${var.region}:${var.account_id}"
  stages  = "${var.project}-*" # <project>-<stage>-<thing>
  state   = "arn:aws:s3:::${local.name}-state-${var.account_id}"
  uploads = "arn:aws:s3:::${var.project}-*-uploads-${var.account_id}"

  # Packages under their digests, and the releases that name them.
  artifacts = [for folder in ["packages", "releases"] : "arn:aws:s3:::${local.name}-artifacts-${var.account_id}/${folder}/*"]

  # Roles of a stage. Those of releases have a path of their own, which no function's, user's or chat's role has.
  role_arns = [for path in ["", "releases/"] : "arn:aws:iam::${var.account_id}:role/${path}${local.stages}"]

  deployer_name = "${local.name}-deployer"
  reader_name   = "${local.name}-reader"
  boundary_name = "${local.name}-boundary"

  # Known before they are made, so that a role's rights can speak of the role itself.
  boundary_arn = "arn:aws:iam::${var.account_id}:policy/${local.boundary_name}"
  own_role_arns = [
    for name in [local.deployer_name, local.reader_name, "${local.name}-api-logging"] :
    "arn:aws:iam::${var.account_id}:role/${name}"
  ]

  # What no role of people or pipelines reads: notes, uploads, secrets' values, users' data, other roles' rights.
  # How far a message got is read in one table, which holds nothing of a user's.
  private = [
    {
      Sid    = "NoItems"
      Effect = "Deny"
      Action = [
        "dynamodb:*Item",
        "dynamodb:CreateBackup",
        "dynamodb:ExportTableToPointInTime",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:PartiQL*",
        "dynamodb:Query",
        "dynamodb:RestoreTable*",
        "dynamodb:Scan",
      ]
      NotResource = "arn:aws:dynamodb:${local.here}:table/${var.project}-*-notifications"
    },
    {
      Sid      = "NoUploads"
      Effect   = "Deny"
      Action   = ["s3:GetObject*", "s3:PutObject*", "s3:PutReplicationConfiguration", "s3:RestoreObject"]
      Resource = [local.uploads, "${local.uploads}/*"]
    },
    {
      Sid    = "NoSecretsNoUsersNoOtherRoles"
      Effect = "Deny"
      Action = [
        "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
        "cognito-idp:AdminGetUser",
        "cognito-idp:AdminInitiateAuth",
        "cognito-idp:AdminResetUserPassword",
        "cognito-idp:AdminRespondToAuthChallenge",
        "cognito-idp:AdminSetUser*",
        "cognito-idp:AdminUpdateUserAttributes",
        "cognito-idp:ListUsers*",
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
        "sts:AssumeRole",
      ]
      Resource = "*"
    },
  ]
}

module "boundary" {
  source = "../modules/permissions_boundary"

  name       = local.boundary_name
  project    = var.project
  account_id = var.account_id
  region     = var.region
}

resource "aws_iam_openid_connect_provider" "github" {
  count = length(setunion(var.github_subjects, var.github_reader_subjects)) > 0 ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

module "deployer" {
  source = "../modules/account_role"

  name        = local.deployer_name
  description = "Builds the stages of account ${var.account_name}"
  account_id  = var.account_id
  policies    = { for area, statements in local.deployer : area => jsonencode(statements) }

  github = length(var.github_subjects) == 0 ? null : {
    provider_arn = aws_iam_openid_connect_provider.github[0].arn
    subjects     = var.github_subjects
  }
}

module "reader" {
  source = "../modules/account_role"

  name        = local.reader_name
  description = "Looks at the stages of account ${var.account_name}"
  account_id  = var.account_id
  policies    = { for area, statements in local.reader : area => jsonencode(statements) }

  github = length(var.github_reader_subjects) == 0 ? null : {
    provider_arn = aws_iam_openid_connect_provider.github[0].arn
    subjects     = var.github_reader_subjects
  }
}
