# A scheduled function of which one invocation at a time works, by Terraform: terraform init && terraform apply.
# Table and alarms come from the template that the package holds (npm install tenure); dist/report.mjs is
# examples/own-app/lib/report.ts, bundled:
#   npx esbuild report.ts --bundle --platform=node --format=esm --target=node24 --outfile=dist/report.mjs \
#     --banner:js="import{createRequire}from'node:module';const require=createRequire(import.meta.url);"

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
    archive = {
      source  = "hashicorp/archive"
      version = ">= 2.4"
    }
  }
}

variable "election" {
  description = "What is elected; the function's role may elect nothing else"
  type        = string
  default     = "nightly-report"
}

variable "alarm_topic_arn" {
  description = "The SNS topic that alarms tell, or nothing"
  type        = string
  default     = ""
}

# Its tokens must outlive the stack, so the table is retained and protected.
resource "aws_cloudformation_stack" "tenure" {
  name          = "tenure"
  template_body = file("${path.module}/node_modules/tenure/dist/cloudformation/tenure.template.json")

  parameters = {
    AlarmElection = var.election
    AlarmTopicArn = var.alarm_topic_arn
  }
}

resource "aws_iam_role" "report" {
  name_prefix = "report-"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

# What "npx tenure policy nightly-report" prints.
resource "aws_iam_role_policy" "candidate" {
  role = aws_iam_role.report.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "TenureCandidate"
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"]
      Resource = [aws_cloudformation_stack.tenure.outputs["TableArn"]]
      Condition = {
        "ForAllValues:StringEquals" = { "dynamodb:LeadingKeys" = ["election#${var.election}"] }
        "Null"                      = { "dynamodb:LeadingKeys" = "false" }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.report.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

data "archive_file" "report" {
  type        = "zip"
  source_file = "${path.module}/dist/report.mjs"
  output_path = "${path.module}/dist/report.zip"
}

resource "aws_lambda_function" "report" {
  function_name    = "report"
  role             = aws_iam_role.report.arn
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  handler          = "report.handler"
  filename         = data.archive_file.report.output_path
  source_code_hash = data.archive_file.report.output_base64sha256
  memory_size      = 256
  # Room to wait a dead leader's lease of 10 s out.
  timeout = 60

  environment {
    variables = {
      TENURE_ELECTION = var.election
      TENURE_TABLE    = aws_cloudformation_stack.tenure.outputs["TableName"]
    }
  }
}

resource "aws_iam_role" "schedule" {
  name_prefix = "report-schedule-"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "scheduler.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "invoke" {
  role = aws_iam_role.schedule.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "lambda:InvokeFunction"
      Resource = aws_lambda_function.report.arn
    }]
  })
}

resource "aws_scheduler_schedule" "report" {
  name                = "report"
  schedule_expression = "rate(5 minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.report.arn
    role_arn = aws_iam_role.schedule.arn

    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 300
    }
  }
}

output "table_name" {
  description = "tenure status nightly-report --table <this>"
  value       = aws_cloudformation_stack.tenure.outputs["TableName"]
}
