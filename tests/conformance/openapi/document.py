"""The OpenAPI document as it is committed."""

import json
from pathlib import Path

ROOT = Path(__file__).parents[3]
PATH = ROOT / "services/gateway/openapi.json"
DOCUMENT = json.loads(PATH.read_text())

_METHODS = {"get", "post", "put", "patch", "delete"}


def _operations() -> dict[str, dict]:
    return {
        operation["operationId"]: operation | {"path": path, "method": method}
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in _METHODS
    }


def _streams(operation: dict) -> bool:
    requests = operation.get("requestBody", {}).get("content", {})
    return "text/event-stream" in operation["responses"]["200"]["content"] or "application/x-ndjson" in requests


OPERATIONS = _operations()
# Server-sent events out or lines of JSON in: these are not for schemathesis.
STREAMS = sorted(name for name, operation in OPERATIONS.items() if _streams(operation))
UNARY = sorted(name for name in OPERATIONS if name not in STREAMS)
