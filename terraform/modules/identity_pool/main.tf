# Temporary AWS credentials for signed-in users, and the role they get: their own prefix of the uploads bucket.
# Each service adds the right to call its own API.

resource "aws_cognito_identity_pool" "this" {
  identity_pool_name               = var.name
  allow_unauthenticated_identities = false
  allow_classic_flow               = false

  cognito_identity_providers {
    client_id               = var.user_pool_client_id
    provider_name           = var.user_pool_endpoint
    server_side_token_check = true # so that signing out everywhere ends this too
  }
}

resource "aws_iam_role" "signed_in" {
  name        = var.role_name
  description = "What a signed-in user may do"

  permissions_boundary = var.permissions_boundary_arn

  # Not any identity pool's users, and none that has not signed in.
  # https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "cognito-identity.amazonaws.com" }
      Condition = {
        StringEquals             = { "cognito-identity.amazonaws.com:aud" = aws_cognito_identity_pool.this.id }
        "ForAnyValue:StringLike" = { "cognito-identity.amazonaws.com:amr" = "authenticated" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "own_uploads" {
  name = "own-uploads"
  role = aws_iam_role.signed_in.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      Resource = "${var.uploads_bucket_arn}/private/$${cognito-identity.amazonaws.com:sub}/*"
    }]
  })
}

resource "aws_cognito_identity_pool_roles_attachment" "this" {
  identity_pool_id = aws_cognito_identity_pool.this.id
  roles            = { authenticated = aws_iam_role.signed_in.arn }
}
