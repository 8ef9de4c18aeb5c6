"""YAML read strictly, with every mistake named by file, line and key."""

from bot.yaml_source.document import Document, KeyPath, YamlError, load_yaml, read_yaml
from bot.yaml_source.validation import explain_validation

__all__ = ["Document", "KeyPath", "YamlError", "explain_validation", "load_yaml", "read_yaml"]
