variable "name" {
  description = "Name of the queue."
  type        = string
}

variable "alarm_topic_arn" {
  description = "Topic that is told when a message arrives."
  type        = string
}

variable "source_topic" {
  description = "Topic that may put messages here which it could not deliver; null: none."
  type        = object({ arn = string })
  default     = null
}
