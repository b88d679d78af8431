variable "name" {
  description = "Name of the policy."
  type        = string
}

variable "project" {
  description = "First part of the names of all that a role under this boundary may touch."
  type        = string
}

variable "account_id" {
  description = "The account, outside of which the boundary lets nothing be touched."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account."
  }
}

variable "region" {
  description = "The AWS region, likewise."
  type        = string
}
