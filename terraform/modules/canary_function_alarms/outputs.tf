output "names" {
  description = "Names of the alarms, sorted."
  value = sort([
    aws_cloudwatch_metric_alarm.errors.alarm_name,
    aws_cloudwatch_metric_alarm.latency.alarm_name,
    aws_cloudwatch_metric_alarm.throttles.alarm_name,
  ])
}
