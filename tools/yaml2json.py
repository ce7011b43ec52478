#!/usr/bin/python3
"""Print a YAML file as JSON on one line: openapi.yaml travels in the binary so."""
import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """YAML's own dates stay the text that they are written as."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers
            if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}

with open(sys.argv[1], encoding="utf-8") as f:
    print(json.dumps(yaml.load(f, Loader), ensure_ascii=False,
                     separators=(",", ":")))
