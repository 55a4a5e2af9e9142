"""django-salesforce's own tests for live orgs, as its wheel brings them. Prints what ran, failed and was skipped."""

import json
import os
import sys
import tempfile

import django
from django.conf import settings

SF = json.loads(os.environ["SALESFORCE"])

import salesforce.testrunner.settings as theirs  # noqa: E402

OWN = {name: getattr(theirs, name) for name in dir(theirs) if name.isupper()}
OWN |= {
    "SF_EXAMPLE_CUSTOM_INSTALLED": True,
    "DATABASES": {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "salesforce": {
            "ENGINE": "salesforce.backend",
            "CONSUMER_KEY": SF["client_id"],
            "CONSUMER_SECRET": SF["client_secret"],
            "USER": SF["username"],
            "PASSWORD": SF["password"] + SF["security_token"],
            "HOST": "https://login.salesforce.com",
            "TEST": {"DEPENDENCIES": [], "MIGRATE": False},
        },
    },
}
settings.configure(**OWN)
os.chdir(tempfile.mkdtemp())
django.setup()

from django.test.runner import DiscoverRunner  # noqa: E402


class Runner(DiscoverRunner):
    """Keeps the outcome of each test."""

    def run_suite(self, suite, **kwargs):
        self.outcome = super().run_suite(suite, **kwargs)
        return self.outcome


def names(entries):
    return sorted(entry[0].id().rpartition(".")[2] for entry in entries)


runner = Runner(verbosity=0, interactive=False)
runner.run_tests(["salesforce"])
outcome = runner.outcome
for _, why in (*outcome.failures, *outcome.errors):
    sys.stderr.write(why)
seen = {
    "enough": outcome.testsRun > 120,
    "failed": names((*outcome.failures, *outcome.errors)),
    "unexpected": len(outcome.unexpectedSuccesses),
    "skipped": names(outcome.skipped),
}
sys.stdout.write(json.dumps(seen) + "\n")
