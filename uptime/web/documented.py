"""How the routes describe themselves in OpenAPI: a model, an example, the problem they share."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from uptime.schema import Problem
from uptime.web.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

_PROBLEM = {
    "title": "Not Found",
    "type": "about:blank",
    "status": 404,
    "detail": "no check of this id",
    "path": None,
}


def answers(
    description: str,
    example: object,
    *,
    of: type[BaseModel] | None = None,
    listed: bool = False,
    status: int = 200,
    media_type: str = "application/json",
) -> Responses:
    """What a route answers; `listed` puts the model into `{items, next}`."""
    body: dict[str, Any] = {"example": {"items": [example], "next": None} if listed else example}
    if of is not None:
        schema: dict[str, Any] = {"$ref": f"#/components/schemas/{of.__name__}"}
        if listed:
            schema = {
                "type": "object",
                "required": ["items", "next"],
                "properties": {
                    "items": {"type": "array", "items": schema},
                    "next": {"type": ["string", "null"]},
                },
            }
        body["schema"] = schema
    return {
        status: {"description": description, "content": {media_type: body}},
        "default": {
            "description": "What went wrong (RFC 9457)",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": f"#/components/schemas/{Problem.__name__}"},
                    "example": _PROBLEM,
                }
            },
        },
    }
