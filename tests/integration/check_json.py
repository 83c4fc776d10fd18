#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks a JSON document on standard input against a schema of docs/schemas/.

Knows the keywords that those schemas use and refuses any other, so that none is passed over.
Usage: check_json.py SCHEMA      |      check_json.py --self-test
"""
import json
import re
import sys

KNOWN = {"$schema", "title", "description", "type", "properties", "required", "items", "enum",
         "pattern", "minimum", "additionalProperties"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value, name):
    if name in ("integer", "number"):
        kinds = int if name == "integer" else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def judge_object(value, schema, where):
    known = schema.get("properties", {})
    for key in schema.get("required", []):
        if key not in value:
            yield "%s: no %s" % (where, key)
    for key, member in value.items():
        if key in known:
            yield from judge(member, known[key], "%s.%s" % (where, key))
        elif schema.get("additionalProperties", True) is False:
            yield "%s: %s is not in the schema" % (where, key)


def judge(value, schema, where="$"):
    unknown = set(schema) - KNOWN
    assert not unknown, "the schema uses %s" % unknown
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(is_type(value, name) for name in types):
        yield "%s: %r is no %s" % (where, value, " or ".join(types))
        return
    if "enum" in schema and value not in schema["enum"]:
        yield "%s: %r is none of %r" % (where, value, schema["enum"])
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield "%s: %r does not match %s" % (where, value, schema["pattern"])
    if is_type(value, "number") and value < schema.get("minimum", value):
        yield "%s: %r is below %r" % (where, value, schema["minimum"])
    if isinstance(value, list):
        for index, member in enumerate(value):
            yield from judge(member, schema.get("items", {}), "%s[%d]" % (where, index))
    if isinstance(value, dict):
        yield from judge_object(value, schema, where)


def self_test():
    schema = {"type": "array", "items": {
        "type": "object", "required": ["a"], "additionalProperties": False,
        "properties": {"a": {"type": ["string", "null"], "pattern": "^0x"},
                       "b": {"enum": [1, None]}, "c": {"type": "integer", "minimum": 0}}}}
    assert not list(judge([{"a": "0x1", "b": None, "c": 0}, {"a": None}], schema))
    for bad in ({}, [{}], [{"a": 1}], [{"a": "1"}], [{"a": None, "b": 2}], [{"a": None, "c": -1}],
                [{"a": None, "c": True}], [{"a": None, "d": 0}]):
        assert list(judge(bad, schema)), bad
    return 0


def main(path):
    with open(path, encoding="utf-8") as source:
        schema = json.load(source)
    found = list(judge(json.load(sys.stdin), schema))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(self_test() if sys.argv[1] == "--self-test" else main(sys.argv[1]))
