variable "name" {
  description = "Name of the bucket. Unique in the whole world, so it ends in the account's id."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 63 lower-case letters, digits and hyphens, and neither start nor end with a hyphen."
  }
}

variable "protected" {
  description = "Whether the bucket may be destroyed only when it is empty."
  type        = bool
}

variable "require_tls" {
  description = "Whether to deny requests over plain HTTP. False only where the cloud itself speaks plain HTTP."
  type        = bool
  default     = true
}

variable "cors_origins" {
  description = "Origins whose pages may read and upload objects; empty for none."
  type        = list(string)
  default     = []
}

variable "noncurrent_version_days" {
  description = "Days after which an overwritten or deleted version is gone for good."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_version_days >= 1
    error_message = "noncurrent_version_days must be at least 1."
  }
}
