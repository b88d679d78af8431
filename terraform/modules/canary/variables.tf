variable "name" {
  description = "Name of the state machine and of its role, <project>-<stage>-release: a deployer may make machines with this end."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{1,56}-release$", var.name))
    error_message = "name must be lower-case letters, digits and hyphens, at most 64, and end with -release."
  }
}

variable "prefix" {
  description = "What the names of all functions and alarms of the stage start with, <project>-<stage>-."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*-$", var.prefix))
    error_message = "prefix must be lower-case letters, digits and hyphens, and end with a hyphen."
  }
}

variable "api_tags" {
  description = "Tags that the stages of the APIs have that may be moved; none: any API of the account."
  type        = map(string)
  default     = {}
}

variable "account_id" {
  description = "The AWS account of the stage."
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

variable "timeout_seconds" {
  description = "Seconds after which a release that hangs is ended. Nothing goes back then, so it must exceed all waits together by far."
  type        = number
  default     = 24 * 60 * 60
}

variable "alarm_topic_arn" {
  description = "Topic that is told of releases that did not go through."
  type        = string
}

variable "permissions_boundary_arn" {
  description = "Boundary of the role; null: none."
  type        = string
  default     = null
}
