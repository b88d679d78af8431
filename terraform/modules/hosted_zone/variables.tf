variable "name" {
  description = "Domain name of the zone, without a trailing dot."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.name))
    error_message = "name must be a lower-case domain name such as dev.notes.example, without a trailing dot."
  }
}
