"""Which metrics a PromQL expression reads, and by which labels. Knows as much of the language as our own files use."""

from __future__ import annotations

import re

_FUNCTIONS = {
    "sum", "max", "min", "count", "rate", "increase", "changes", "absent", "time", "vector", "predict_linear",
    "histogram_quantile", "label_values", "by", "on", "unless", "and", "or", "le",
}  # fmt: skip
_STRING = re.compile(r'"[^"]*"')
_SELECTOR = re.compile(r"\b([a-z][a-z0-9_]*)\s*\{([^}]*)\}")
_GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")
_NAME = re.compile(r"\b[a-z][a-z0-9_]{2,}\b")
SCRAPED = frozenset({"job", "instance", "role"})
"""Labels that Prometheus itself puts on everything it scrapes (prometheus.yml)."""


def read(expression: str) -> tuple[set[str], set[str]]:
    """Names of metrics, and names of labels."""
    bare = _STRING.sub('""', expression)
    labels = {word for _, inner in _SELECTOR.findall(bare) for word in re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", inner)}
    for inner in _GROUPING.findall(bare):
        labels |= {word.strip() for word in inner.split(",") if word.strip()}
    if "label_values(" in bare:
        name, label = bare.removeprefix("label_values(").removesuffix(")").split(",")
        return {name.strip()}, {label.strip()}
    rest = _GROUPING.sub(" ", re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare))
    return {word for word in _NAME.findall(rest) if word not in _FUNCTIONS}, labels
