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

variable "service" {
  description = "The service as it is called in names, for example notes-api."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.service))
    error_message = "service must be at most 20 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "base_path" {
  description = "First part of the service's paths on the stage's API domain; null if it has no REST API."
  type        = string
  default     = null
}

variable "package_dir" {
  description = "Directory with the chalice.tf.json that `chalice package --pkg-format terraform` wrote."
  type        = string
}

variable "package_bucket" {
  description = "Bucket with the service's zip."
  type        = string
}

variable "package_key" {
  description = "Key of the service's zip."
  type        = string
}

variable "package_sha256_base64" {
  description = "SHA-256 of the zip in base64. A new one publishes a new version."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{43}=$", var.package_sha256_base64))
    error_message = "package_sha256_base64 must be a SHA-256 in base64."
  }
}

variable "api_domain_name" {
  description = "Output api_domain_name of terraform/stage."
  type        = string
}

variable "api_url" {
  description = "Output api_url of terraform/stage."
  type        = string
}

variable "signed_in_role_name" {
  description = "Output signed_in_role_name of terraform/storage; null: no signed-in user may call the API."
  type        = string
  default     = null
}

variable "alarm_topic_arn" {
  description = "Output alarm_topic_arn of terraform/stage."
  type        = string
}

variable "log_level" {
  description = "DEBUG, INFO, WARN or ERROR: what the code logs below it is not kept. By default all that it logs is."
  type        = string
  default     = "DEBUG"
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

variable "throttle_rate" {
  description = "Requests per second to the API."
  type        = number
}

variable "throttle_burst" {
  description = "Requests that may come at once above that rate."
  type        = number
}

variable "paused" {
  description = "Whether nothing calls the service for now. `make pause` and `make resume` switch the same without Terraform."
  type        = bool
  default     = false
}

variable "permissions_boundary_arn" {
  description = "Output permissions_boundary_arn of terraform/roles; null: none."
  type        = string
  default     = null
}

variable "canary" {
  description = "Limits above which a release goes back: failed calls in percent, and milliseconds that one of a hundred calls may exceed; null: no alarms for releases."
  type        = object({ error_percent = number, p99_ms = number })
  default     = null
}
