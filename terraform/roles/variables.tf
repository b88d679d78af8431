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

variable "subdomain" {
  description = "The account's subdomain. Its stages' APIs are <stage>.api.<subdomain>."
  type        = string
}

variable "api_domains" {
  description = "API names that stages chose themselves (stages.toml: api_domain)."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.api_domains : endswith(name, ".${var.subdomain}")])
    error_message = "api_domains must lie under subdomain."
  }
}

variable "github_reader_subjects" {
  description = "Exact subjects of the GitHub tokens with which a pipeline may look, such as repo:team/notes:pull_request."
  type        = set(string)
  default     = []
}

variable "github_subjects" {
  description = "Exact subjects of the GitHub tokens with which a pipeline may deploy, such as repo:team/notes:environment:dev."
  type        = set(string)
  default     = []
}
