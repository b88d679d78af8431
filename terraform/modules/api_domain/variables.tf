variable "domain_name" {
  description = "Domain name of the APIs."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "domain_name must be a lower-case domain name such as dev.api.dev.notes.example."
  }
}

variable "certificate_arn" {
  description = "Certificate for that name, in the same region."
  type        = string
}

variable "zone_id" {
  description = "Zone in which the name lies."
  type        = string
}
