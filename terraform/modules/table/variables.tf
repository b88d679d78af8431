variable "name" {
  description = "Name of the table."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9-]{3,255}$", var.name))
    error_message = "name must be 3 to 255 lower-case letters, digits and hyphens."
  }
}

variable "hash_key" {
  description = "Name of the hash key, a string."
  type        = string
}

variable "range_key" {
  description = "Name of the range key, a string; null for none."
  type        = string
  default     = null
}

variable "indexes" {
  description = "Global secondary indexes by name. An item without their keys is not in them."
  type = map(object({
    hash_key  = string
    range_key = optional(string)
  }))
  default = {}
}

variable "ttl_attribute" {
  description = "Attribute with the second (Unix time) after which an item may be deleted; null: items stay."
  type        = string
  default     = null
}

variable "protected" {
  description = "Whether the table refuses to be deleted."
  type        = bool
}
