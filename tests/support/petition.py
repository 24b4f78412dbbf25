"""Whether a request that the client would send is one of the published REST specification."""

import httpx
import msgspec

from tests.support.contract import openapi, operations

ROOT = "/trade-api/v2"


def check_request(request: httpx.Request) -> str:
    """Check method, path, query and body of a request; return the operation's name."""
    path = request.url.raw_path.decode().partition("?")[0].removeprefix(ROOT)
    operation = next((each for each in operations() if each.matches(request.method, path)), None)
    assert operation is not None, f"{request.method} {path} is no operation"
    known = {each["name"]: each for each in operation.parameters("query")}
    for name, value in request.url.params.items():
        assert name in known, f"{operation.name} has no parameter {name}"
        kind = known[name]["schema"].get("type")
        assert kind != "integer" or value.lstrip("-").isdigit(), f"{name}={value}"
    for name, each in known.items():
        assert name in request.url.params or not each.get("required"), f"{name} is missing"
    schema = operation.request_schema()
    if schema is None:
        assert request.content == b"", operation.name
        return operation.name
    assert request.headers["content-type"] == "application/json", operation.name
    errors = openapi().errors(schema, msgspec.json.decode(request.content))
    assert not errors, f"{operation.name}: {errors}"
    return operation.name
