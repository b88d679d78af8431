variable "name" {
  description = "Name of the strategy."
  type        = string
}
