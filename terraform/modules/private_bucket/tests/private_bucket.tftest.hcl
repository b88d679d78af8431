mock_provider "aws" {
  override_during = plan
}

variables {
  name      = "notes-test-uploads-200000000002"
  protected = false
}

run "closed_to_the_public" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "Public access must be blocked in all four ways."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Access control lists must be off."
  }

  assert {
    condition     = length(aws_s3_bucket_cors_configuration.this) == 0
    error_message = "No origin was named, so no page may use the bucket."
  }
}

run "denies_plain_http_to_everybody" {
  command = plan

  assert {
    condition = jsondecode(aws_s3_bucket_policy.require_tls[0].policy).Statement == [{
      Sid       = "RequireTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::notes-test-uploads-200000000002", "arn:aws:s3:::notes-test-uploads-200000000002/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "Every request over plain HTTP must be denied, to the bucket and its objects."
  }
}

run "plain_http_where_the_cloud_has_nothing_else" {
  command = plan

  variables {
    require_tls = false
  }

  assert {
    condition     = length(aws_s3_bucket_policy.require_tls) == 0
    error_message = "The policy would lock everybody out."
  }
}

run "versions_encryption_clean_up" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "Not versioned."
  }

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "Not encrypted."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 1
    error_message = "Abandoned uploads must go after a day."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration[0].noncurrent_days == 30
    error_message = "Old versions must go after 30 days."
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy
    error_message = "A bucket of an unprotected stage must be destroyable."
  }
}

run "pages_of_named_origins_may_upload" {
  command = plan

  variables {
    cors_origins = ["https://app.example.com"]
  }

  assert {
    condition     = one(aws_s3_bucket_cors_configuration.this[0].cors_rule).allowed_origins == toset(["https://app.example.com"])
    error_message = "Exactly the named origins."
  }

  assert {
    condition     = one(aws_s3_bucket_cors_configuration.this[0].cors_rule).expose_headers == toset(["ETag"])
    error_message = "Pages need the ETag."
  }
}

run "protected" {
  command = plan

  variables {
    protected = true
  }

  assert {
    condition     = !aws_s3_bucket.this.force_destroy
    error_message = "A protected bucket must not be emptied by a destroy."
  }
}

run "refuses_underscores" {
  command = plan

  variables {
    name = "notes_uploads"
  }

  expect_failures = [var.name]
}
