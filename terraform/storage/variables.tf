variable "project" {
  description = "First part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$", var.project))
    error_message = "project must be at most 16 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "stage" {
  description = "Name of the stage, second part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.stage)) && !can(regex("^..--", var.stage))
    error_message = "stage must be at most 20 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "account_id" {
  description = "The AWS account that this is for. Credentials of any other account are refused."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account."
  }
}

variable "region" {
  description = "AWS region."
  type        = string
}

variable "s3_use_path_style" {
  description = "Whether the bucket's name goes into the path, as emulators want it, instead of the host name."
  type        = bool
  default     = false
}

variable "protected" {
  description = "Whether data and secrets withstand a destroy."
  type        = bool
}

variable "allowed_origins" {
  description = "Origins whose pages may upload to and read from the uploads bucket."
  type        = list(string)
}

variable "require_tls" {
  description = "Whether to deny requests over plain HTTP. False only where the cloud itself speaks plain HTTP."
  type        = bool
  default     = true
}

variable "permissions_boundary_arn" {
  description = "Output permissions_boundary_arn of terraform/roles; null: none."
  type        = string
  default     = null
}
