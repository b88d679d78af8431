terraform {
  required_version = ">= 1.11"

  backend "s3" {}

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region              = var.region
  s3_use_path_style   = var.s3_use_path_style
  allowed_account_ids = [var.account_id]

  # Those that it was applied with: the provider leaves them out of what a resource's own tags are.
  default_tags {
    tags = var.tags
  }
}
