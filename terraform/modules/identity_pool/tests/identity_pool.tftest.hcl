mock_provider "aws" {
  override_during = plan

  mock_resource "aws_cognito_identity_pool" {
    defaults = { id = "us-east-1:00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::200000000002:role/notes-test-signed-in" }
  }
}

variables {
  name                = "notes-test-identities"
  role_name           = "notes-test-signed-in"
  user_pool_client_id = "client"
  user_pool_endpoint  = "cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
  uploads_bucket_arn  = "arn:aws:s3:::notes-test-uploads"
}

run "own_prefix_only" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role_policy.own_uploads.policy).Statement == [{
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      Resource = "arn:aws:s3:::notes-test-uploads/private/$${cognito-identity.amazonaws.com:sub}/*"
    }]
    error_message = "A signed-in user may touch exactly private/<its identity id>/."
  }
}

run "only_signed_in_users_of_this_pool" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.signed_in.assume_role_policy).Statement[0].Condition == {
      StringEquals             = { "cognito-identity.amazonaws.com:aud" = "us-east-1:00000000-0000-0000-0000-000000000000" }
      "ForAnyValue:StringLike" = { "cognito-identity.amazonaws.com:amr" = "authenticated" }
    }
    error_message = "The role must trust this pool, and signed-in users only."
  }

  assert {
    condition     = !aws_cognito_identity_pool.this.allow_unauthenticated_identities
    error_message = "Nobody gets credentials without signing in."
  }

  assert {
    condition     = aws_cognito_identity_pool_roles_attachment.this.roles == tomap({ authenticated = "arn:aws:iam::200000000002:role/notes-test-signed-in" })
    error_message = "Signed-in users get this role, others none."
  }
}
