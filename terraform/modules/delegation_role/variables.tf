variable "name" {
  description = "Name of the role."
  type        = string
}

variable "zone_arn" {
  description = "The zone whose NS records the role may change."
  type        = string
}

variable "trusted_account_ids" {
  description = "Accounts that may assume the role."
  type        = set(string)

  validation {
    condition     = length(var.trusted_account_ids) > 0 && alltrue([for id in var.trusted_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "trusted_account_ids must name at least one account, each by its 12 digits."
  }
}

variable "subdomains" {
  description = "Subdomains that may be delegated: the zone's own NS records stay out of reach."
  type        = set(string)

  validation {
    condition     = length(var.subdomains) > 0
    error_message = "subdomains must name at least one subdomain."
  }
}
