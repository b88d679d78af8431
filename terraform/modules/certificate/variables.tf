variable "domain_name" {
  description = "Name that the certificate is for; may start with a wildcard (*.api.dev.notes.example)."
  type        = string
}

variable "alternative_names" {
  description = "Further names that the certificate is for."
  type        = list(string)
  default     = []
}

variable "zone_id" {
  description = "Zone in which every one of these names lies."
  type        = string
}

variable "delegation" {
  description = "Output id of modules/zone_delegation: the certificate cannot become valid before the zone can be found."
  type        = string
  default     = null
}
