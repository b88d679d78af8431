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
