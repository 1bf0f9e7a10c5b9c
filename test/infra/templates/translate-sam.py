"""Translates a SAM template as AWS does it. Prints the CloudFormation template; fails with what SAM refuses."""
import json
import sys

import yaml
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class ManagedPolicies:
    def load(self):
        return {}


template = yaml_parse(open(sys.argv[1]).read())
for resource in template["Resources"].values():
    properties = resource["Properties"]
    # What `sam package` puts in place of folders and files of this machine.
    if "CodeUri" in properties:
        properties["CodeUri"] = "s3://packaged/code"
    if "Location" in properties:
        properties["Location"] = "https://packaged.s3.amazonaws.com/template.json"
try:
    print(json.dumps(transform(template, {}, ManagedPolicies())))
except InvalidDocumentException as error:
    sys.exit(error.message + "; " + "; ".join(cause.message for cause in error.causes))
