"""The OpenAPI document, and what the documentation page shows of it."""

from dataclasses import dataclass
from typing import Any

from crm.api.endpoints import api


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation, or a value in an answer."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked."""

    key: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Parameter]
    answer: str


def document(root: str) -> dict[str, Any]:
    """The OpenAPI document of the API below `root`."""
    return {**api.get_openapi_schema(path_prefix="/"), "servers": [{"url": root}]}


def operations(described: dict[str, Any]) -> list[Operation]:
    """What can be asked, in the order of the document."""
    found = []
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            parameters = [
                Parameter(each["name"], _kind(each["schema"]), each.get("description", ""))
                for each in one["parameters"]
            ]
            answer = one["responses"][200]["content"]["application/json"]["schema"]
            found.append(
                Operation(
                    key=one["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=one["summary"],
                    description=one["description"],
                    parameters=parameters,
                    answer=_kind(answer),
                )
            )
    return found


def shapes(described: dict[str, Any]) -> list[tuple[str, str, list[Parameter]]]:
    """Each kind of thing in the answers: its name, what it is, what it holds."""
    return [
        (
            name,
            one.get("description", ""),
            [
                Parameter(key, _kind(value), value.get("description", ""))
                for key, value in one["properties"].items()
            ],
        )
        for name, one in described["components"]["schemas"].items()
    ]


def _kind(schema: dict[str, Any]) -> str:
    """What a value is, in words: `list of Email`, `text or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "enum" in schema:
        return "one of " + ", ".join(f"“{value}”" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    kind = str(schema.get("format") or schema.get("type", ""))
    return {"string": "text", "integer": "number", "boolean": "true or false"}.get(kind, kind)
