"""The policy file: read with file, line and column, validated whole, turned into `trueup.model.policy.Policy`."""

from trueup.config.load import load_policy, policy_from_text
from trueup.config.meaning import KnownConnector
from trueup.config.secrets import resolve_secret
from trueup.config.shape import json_schema

__all__ = ["KnownConnector", "json_schema", "load_policy", "policy_from_text", "resolve_secret"]
