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

variable "services" {
  description = "Services (directory names) that the stage deploys. Each gets what it owns."
  type        = set(string)

  validation {
    condition     = length(var.services) > 0 && alltrue([for name in var.services : can(regex("^[a-z][a-z0-9_]*$", name))])
    error_message = "services must name at least one directory: lower-case letters, digits and underscores."
  }
}

variable "mocks" {
  description = "Whether the stage may have mock services."
  type        = bool
}

variable "protected" {
  description = "Whether data and secrets withstand a destroy."
  type        = bool
}

variable "testers" {
  description = "E-mail addresses that are told of releases."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.testers : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "testers must be e-mail addresses."
  }
}

variable "chat" {
  description = "Slack channel that is told of releases; null: none."
  type        = object({ slack_team_id = string, slack_channel_id = string })
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Output permissions_boundary_arn of terraform/roles: the boundary of the roles that the stage makes."
  type        = string
}

variable "zone_id" {
  description = "Output zone_id of terraform/account: the zone for the API's name."
  type        = string
}

variable "certificate_arn" {
  description = "Output certificate_arn of terraform/account."
  type        = string
}

variable "alarm_key_arn" {
  description = "Output alarm_key_arn of terraform/account."
  type        = string
}

variable "subdomain" {
  description = "The account's subdomain."
  type        = string
}

variable "api_domain" {
  description = "API name that the stage chose itself; null: <stage>.api.<subdomain>."
  type        = string
  default     = null
}

variable "api_url_format" {
  description = "URL at which a domain name can be called, with %s for the name: https://%s on AWS."
  type        = string
  default     = "https://%s"

  validation {
    condition     = length(split("%s", var.api_url_format)) == 2 && can(regex("^https?://", var.api_url_format)) && !endswith(var.api_url_format, "/")
    error_message = "api_url_format must be an http or https URL with %s once and no slash at the end."
  }
}

variable "require_tls" {
  description = "Whether to deny requests over plain HTTP. False only where the cloud itself speaks plain HTTP."
  type        = bool
  default     = true
}

variable "shared_dead_letters" {
  description = "Whether the dead-letter queue that all subscribers shared is still needed. No new stage gets it."
  type        = bool
  default     = false
}

variable "canary" {
  description = "Whether a release gets a small share of the calls first."
  type        = bool
  default     = false
}
