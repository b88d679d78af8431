# The states of one release, in Amazon States Language with JSONata.
# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
# https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
#
# An execution's history holds 25,000 events. A look takes about 25, a function about 50 from its smoke test to its last
# move: some 500 looks and 100 functions are far from the limit.

locals {
  input = "$states.context.Execution.Input"

  # What may be over in a moment: throttling, a change that is still going on, AWS's own faults.
  retry = [{
    ErrorEquals = [
      "ApiGateway.ApiGatewayException",
      "ApiGateway.ConflictException",
      "ApiGateway.LimitExceededException",
      "ApiGateway.SdkClientException",
      "ApiGateway.TooManyRequestsException",
      "Lambda.AWSLambdaException",
      "Lambda.ClientExecutionTimeoutException",
      "Lambda.ResourceConflictException",
      "Lambda.SdkClientException",
      "Lambda.ServiceException",
      "Lambda.TooManyRequestsException",
      "States.Timeout",
    ]
    IntervalSeconds = 1
    BackoffRate     = 2
    MaxDelaySeconds = 20
    MaxAttempts     = 6
    JitterStrategy  = "FULL"
  }]

  # Nobody is left on versions that are not watched for longer than this.
  retry_look = [{
    ErrorEquals     = ["States.ALL"]
    IntervalSeconds = 2
    BackoffRate     = 2
    MaxAttempts     = 4
    JitterStrategy  = "FULL"
  }]

  # Going back is tried whatever the error, for some four minutes.
  keep_trying = [{
    ErrorEquals     = ["States.ALL"]
    IntervalSeconds = 2
    BackoffRate     = 2
    MaxDelaySeconds = 60
    MaxAttempts     = 8
  }]

  # Whatever else goes wrong in a state: note it, and go back.
  catch = [{
    ErrorEquals = ["States.ALL"]
    Assign = {
      failure = {
        Error = "ReleaseFailed"
        Cause = "{% 'The state ' & $states.context.State.Name & ' failed: ' & $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}"
      }
    }
    Next = "GoBackApis"
  }]

  move = {
    Type           = "Task"
    TimeoutSeconds = 60
    Output         = ""
    End            = true
  }

  # One move of one alias: to which version all go, except the shares in `weights`. Without any, {} takes the old ones away.
  # https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html
  move_alias = {
    for name, to in {
      Shift  = { version = "{% $states.input.from %}", weights = "{% $states.input.weights %}" }
      Finish = { version = "{% $states.input.from %}", weights = "{% $states.input.from = $states.input.to ? {} : {$states.input.to: 1} %}" }
      Settle = { version = "{% $states.input.to %}", weights = {} }
      GoBack = { version = "{% $states.input.from %}", weights = {} }
      } : name => merge(local.move, {
        Resource = "arn:aws:states:::aws-sdk:lambda:updateAlias"
        Arguments = {
          FunctionName    = "{% $states.input.name %}"
          Name            = "live"
          FunctionVersion = to.version
          RoutingConfig   = { AdditionalVersionWeights = to.weights }
        }
    })
  }

  # https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html
  move_api = {
    for name, deployment in { Finish = "to", GoBack = "from" } : name => merge(local.move, {
      Resource = "arn:aws:states:::aws-sdk:apigateway:updateStage"
      Arguments = {
        RestApiId       = "{% $states.input.rest_api_id %}"
        StageName       = "{% $states.input.stage %}"
        PatchOperations = [{ Op = "replace", Path = "/deploymentId", Value = "{% $states.input.${deployment} %}" }]
      }
    })
  }

  each = {
    Type           = "Map"
    MaxConcurrency = 10
  }

  each_function = merge(local.each, { Items = "{% [${local.input}.functions] %}" })
  each_api      = merge(local.each, { Items = "{% [${local.input}.apis] %}" })

  # What could not go back does not keep the rest from it: it is noted, and told at the end.
  stuck = {
    Catch = [{
      ErrorEquals = ["States.ALL"]
      Output      = "{% $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}"
      Next        = "Stuck"
    }]
  }

  definition = {
    Comment        = "Moves a release to the users of a stage, and back when an alarm rings"
    QueryLanguage  = "JSONata"
    TimeoutSeconds = var.timeout_seconds
    StartAt        = "Smoke"

    States = {
      # The new versions answer before any user reaches them.
      # https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
      Smoke = merge(local.each, {
        Items = "{% [${local.input}.functions[$exists(smoke.event)]] %}"
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "Call"
          States = {
            Call = {
              Type     = "Task"
              Resource = "arn:aws:states:::lambda:invoke"
              Arguments = {
                FunctionName = "{% $states.input.name & ':' & $states.input.to %}"
                Payload      = "{% $states.input.smoke.event %}"
              }
              TimeoutSeconds = 900
              Retry          = local.retry
              Catch = [{
                ErrorEquals = ["States.ALL"]
                Output      = "{% $states.input.name & ' version ' & $states.input.to & ' failed: ' & $states.errorOutput.Error & ': ' & $states.errorOutput.Cause & '. See the log group /aws/lambda/' & $states.input.name & '.' %}"
                Next        = "Failed"
              }]
              Output = "{% $not($type($states.input.smoke.status) = 'number') or $states.result.Payload.statusCode = $states.input.smoke.status ? '' : $states.input.name & ' version ' & $states.input.to & ' answered ' & ($exists($states.result.Payload.statusCode) ? $states.result.Payload.statusCode : 'no status') & ' instead of ' & $states.input.smoke.status & '. See the log group /aws/lambda/' & $states.input.name & '.' %}"
              End    = true
            }
            Failed = { Type = "Pass", End = true }
          }
        }
        Output = "{% [$states.result[$ != '']] %}"
        Catch  = local.catch
        Next   = "Answered"
      })

      Answered = {
        Type = "Choice"
        Choices = [{
          Condition = "{% $count($states.input) > 0 %}"
          Assign    = { failure = { Error = "SmokeFailed", Cause = "{% $join($states.input, ' ') %}" } }
          Next      = "GoBackApis"
        }]
        Default = "Shift"
      }

      Shift = merge(local.each_function, {
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "ShiftAlias"
          States          = { ShiftAlias = merge(local.move_alias.Shift, { Retry = local.retry }) }
        }
        Assign = { waits = "{% [${local.input}.waits] %}", looks = 0, everyone = false }
        Catch  = local.catch
        Next   = "Watch"
      })

      # Looks once after each wait: first while the new versions have a share, then while they have everything.
      Watch = {
        Type = "Choice"
        Choices = [
          { Condition = "{% $looks < $count($waits) %}", Next = "Wait" },
          { Condition = "{% $everyone %}", Next = "Settle" },
        ]
        Default = "Finish"
      }

      Wait = {
        Type    = "Wait"
        Seconds = "{% $waits[$looks] %}"
        Assign  = { looks = "{% $looks + 1 %}" }
        Next    = "Look"
      }

      # At most 100 names a call, and without a name it would be every alarm of the account.
      # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
      Look = merge(local.each, {
        Items = "{% $count(${local.input}.alarms) > 0 ? $partition([${local.input}.alarms], 100) : [] %}"
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "Alarms"
          States = {
            Alarms = {
              Type     = "Task"
              Resource = "arn:aws:states:::aws-sdk:cloudwatch:describeAlarms"
              Arguments = {
                AlarmNames = "{% $states.input %}"
                AlarmTypes = ["MetricAlarm"] # to see others takes the right on every alarm of the account
                StateValue = "ALARM"
                MaxRecords = 100
              }
              TimeoutSeconds = 60
              Output         = "{% [$states.result.MetricAlarms.(AlarmName & ' rang: ' & StateReason & ' ' & AlarmDescription)] %}"
              Retry          = local.retry_look
              End            = true
            }
          }
        }
        Output = "{% [$reduce($states.result, $append, [])] %}"
        Catch  = local.catch
        Next   = "Quiet"
      })

      Quiet = {
        Type = "Choice"
        Choices = [{
          Condition = "{% $count($states.input) > 0 %}"
          Assign    = { failure = { Error = "AlarmRang", Cause = "{% $join($states.input, ' ') %}" } }
          Next      = "GoBackApis"
        }]
        Default = "Watch"
      }

      # Everyone gets the new versions, still as a share, of 1: only while there are shares does CloudWatch measure by
      # version, which the alarms watch.
      # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
      Finish = merge(local.each_function, {
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "FinishAlias"
          States          = { FinishAlias = merge(local.move_alias.Finish, { Retry = local.retry }) }
        }
        Catch = local.catch
        Next  = "FinishApis"
      })

      # New routes come after the code that answers them.
      FinishApis = merge(local.each_api, {
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "FinishApi"
          States          = { FinishApi = merge(local.move_api.Finish, { Retry = local.retry }) }
        }
        Assign = { waits = "{% [${local.input}.after] %}", looks = 0, everyone = true }
        Catch  = local.catch
        Next   = "Watch"
      })

      Settle = merge(local.each_function, {
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "SettleAlias"
          States          = { SettleAlias = merge(local.move_alias.Settle, { Retry = local.retry }) }
        }
        Catch = local.catch
        Next  = "Released"
      })

      Released = { Type = "Succeed" }

      # Old routes first, then the code behind them.
      GoBackApis = merge(local.each_api, {
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "GoBackApi"
          States = {
            GoBackApi = merge(local.move_api.GoBack, local.stuck, { Retry = local.keep_trying })
            Stuck     = { Type = "Pass", End = true }
          }
        }
        Assign = { stuck = "{% [$states.result[$ != '']] %}" }
        Next   = "GoBack"
      })

      GoBack = merge(local.each_function, {
        ItemProcessor = {
          ProcessorConfig = { Mode = "INLINE" }
          StartAt         = "GoBackAlias"
          States = {
            GoBackAlias = merge(local.move_alias.GoBack, local.stuck, { Retry = local.keep_trying })
            Stuck       = { Type = "Pass", End = true }
          }
        }
        Assign = { stuck = "{% [$append($stuck, $states.result[$ != ''])] %}" }
        Next   = "WentBack"
      })

      WentBack = {
        Type  = "Fail"
        Error = "{% $count($stuck) > 0 ? 'ReleaseFailed' : $failure.Error %}"
        Cause = "{% $substring($failure.Cause & ($count($stuck) > 0 ? ' And not all could go back: ' & $join($stuck, ' ') : ''), 0, 8000) %}"
      }
    }
  }
}
