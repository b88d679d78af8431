variable "name" {
  description = "Alias of the key, without alias/."
  type        = string
}

variable "account_id" {
  description = "Account that owns the key, and whose alarms may use it."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account."
  }
}
