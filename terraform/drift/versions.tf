terraform {
  required_version = ">= 1.11"

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
}
