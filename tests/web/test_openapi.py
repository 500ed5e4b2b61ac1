"""Requests that are generated from the API's own description get answers that it describes."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow
UNTRIED = {
    "/api/events",
    "/api/cameras/{camera}/stream",
    "/api/session",
    "/api/suite",
    "/api/verify/{name}",
    "/api/rehearse/{name}",
}
"""Streams, which do not end; the viewer's own end; processes of their own."""
KNOWN = {"runs/{run}": "1", "files/{name}": "tray.tree.yaml"}
TEXTS = st.sampled_from(
    ["", "0", "1", "0001", "../etc/passwd", "%00", "open the fridge", "é" * 9, "x" * 300]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def ada(kitchen):
    client = kitchen.client("Ada", controls=True)
    client.begin()
    client.ended()
    return client


@pytest.fixture(scope="module")
def described(ada):
    told = ada.http.get("/api/openapi.json").json()
    return told, [
        (path, method, operation)
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
        if path not in UNTRIED
    ]


def values(schema, root):
    """Return a strategy for values that mostly fit a schema of the description."""
    if "$ref" in schema:
        return values(root["components"]["schemas"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return st.one_of([values(one, root) for one in schema["anyOf"]])
    match schema.get("type"):
        case "object":
            known = {name: values(one, root) for name, one in schema.get("properties", {}).items()}
            return st.fixed_dictionaries({}, optional=known) | st.fixed_dictionaries(known) | JSON
        case "array":
            return st.lists(values(schema.get("items", {}), root), max_size=3)
        case "string":
            return TEXTS | st.text(max_size=30)
        case "integer":
            return st.integers(-2, 5) | st.integers()
        case "boolean":
            return st.booleans()
    return JSON


def test_every_answer_is_as_described(ada, described):
    wrong = []

    @settings(
        max_examples=150,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def ask(data):
        wrong.extend(mistakes_of_answer(ada, described, data))

    ask()  # nothing is raised in it: a server has a state, and cannot be asked the same again
    assert not wrong, "\n".join(wrong)


def mistakes_of_answer(ada, described, data):
    """Yield what is wrong with the answer to one generated request."""
    root, operations = described
    path, method, operation = data.draw(st.sampled_from(operations))
    filled = path
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            text = data.draw(TEXTS.filter(bool) | st.sampled_from(list(KNOWN.values())))
            name = "{" + parameter["name"] + "}"
            filled = filled.replace(name, quote(text, safe=""))
    options = {}
    body = operation.get("requestBody")
    if body is not None:
        schema = body["content"]["application/json"]["schema"]
        options["json"] = data.draw(values(schema, root))
    answer = ada.http.request(method, filled, **options)
    told = f"{method} {filled} {options}: {answer.status_code} {answer.text[:300]}"
    if not ("%2F" in filled and answer.status_code in (404, 405)):  # it is another path
        if answer.status_code >= 500 and answer.status_code != 501:
            yield told
        elif str(answer.status_code) not in operation["responses"]:
            yield f"undescribed: {told}"
        elif answer.status_code >= 400:
            report = answer.json()
            if set(report) != {"code", "message", "hint", "findings"} or not report["message"]:
                yield f"no error report: {told}"
    ada.post("control")


def test_a_wrong_method_is_answered_with_those_allowed(ada, described):
    root, _ = described
    for path, methods in root["paths"].items():
        filled = path.replace("{", "").replace("}", "")
        answer = ada.http.request("TRACE", filled)
        assert (answer.status_code, answer.json()["code"]) == (405, "wrong-method"), path
        allowed = {one.strip().lower() for one in answer.headers["allow"].split(",")}
        assert allowed - {"head"} == set(methods), path


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"text": NaN}', "\x00", "'", "null"])
def test_malformed_json_is_told(ada, text):
    answer = ada.http.post(
        "/api/proposals", content=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert json.loads(answer.text)["code"] in ("malformed-json", "wrong-request")
