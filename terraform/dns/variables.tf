variable "project" {
  description = "First part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$", var.project))
    error_message = "project must be at most 16 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "account_name" {
  description = "Name of the account in stages.toml, second part of every name."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", var.account_name))
    error_message = "account_name must be at most 20 lower-case letters, digits and hyphens, starting with a letter."
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

variable "root_domain" {
  description = "Domain name of the whole organisation."
  type        = string
}

variable "subdomains" {
  description = "Subdomain of every other account, by account id."
  type        = map(string)

  validation {
    condition     = alltrue([for name in values(var.subdomains) : endswith(name, ".${var.root_domain}")])
    error_message = "subdomains must lie under root_domain."
  }
}
