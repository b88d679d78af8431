variable "parent_zone_id" {
  description = "Zone that delegates."
  type        = string
}

variable "name" {
  description = "Domain name of the child zone."
  type        = string
}

variable "name_servers" {
  description = "Name servers of the child zone."
  type        = list(string)
}
