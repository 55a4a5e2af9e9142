"""django-salesforce: the ORM over REST, after a password grant at login.salesforce.com. Prints what it saw as JSON."""

import json
import os
import sys

import django
from django.conf import settings

SF = json.loads(os.environ["SALESFORCE"])
settings.configure(
    DEBUG=True,
    USE_TZ=True,
    TIME_ZONE="UTC",
    INSTALLED_APPS=["salesforce"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASE_ROUTERS=["salesforce.router.ModelRouter"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "salesforce": {
            "ENGINE": "salesforce.backend",
            "CONSUMER_KEY": SF["client_id"],
            "CONSUMER_SECRET": SF["client_secret"],
            "USER": SF["username"],
            "PASSWORD": SF["password"] + SF["security_token"],
            "HOST": "https://login.salesforce.com",
        },
    },
)
django.setup()

from django.db import connections  # noqa: E402
from django.db.models import Count, Q  # noqa: E402
from salesforce import models  # noqa: E402
from salesforce.dbapi.exceptions import SalesforceError  # noqa: E402
from salesforce.models import SalesforceModel  # noqa: E402


class Account(SalesforceModel):
    name = models.CharField(max_length=255, db_column="Name")
    website = models.URLField(null=True, db_column="Website")
    is_deleted = models.BooleanField(sf_read_only=models.READ_ONLY, default=False)

    class Meta:
        db_table = "Account"
        app_label = "work"


class Contact(SalesforceModel):
    account = models.ForeignKey(Account, models.DO_NOTHING, db_column="AccountId", null=True)
    first_name = models.CharField(max_length=40, db_column="FirstName", null=True)
    last_name = models.CharField(max_length=80, db_column="LastName")
    name = models.CharField(max_length=121, db_column="Name", sf_read_only=models.READ_ONLY)
    email = models.EmailField(null=True, db_column="Email")
    created_date = models.DateTimeField(db_column="CreatedDate", sf_read_only=models.READ_ONLY)

    class Meta:
        db_table = "Contact"
        app_label = "work"


def main() -> dict:
    seen: dict = {}
    contacts = Contact.objects.using("salesforce")
    seen["count"] = contacts.count()
    seen["listed"] = len(list(contacts.all()))
    account = Account(name="Django Ltd", website="https://django.example")
    account.save(using="salesforce")
    seen["created"] = account.pk[:3]
    contact = Contact(last_name="O'Brien \\ 100%_", first_name="Ann", account=account, email="ann@django.example")
    contact.save(using="salesforce")
    got = contacts.select_related("account").get(last_name="O'Brien \\ 100%_")
    seen["got"] = [got.name, got.account.name, got.created_date.tzinfo is not None]
    got.email = None
    got.save()
    seen["cleared"] = contacts.get(pk=got.pk).email
    seen["filtered"] = contacts.filter(
        Q(last_name__startswith="O'B") | Q(last_name="nobody"), account__name="Django Ltd"
    ).count()
    seen["exclude"] = contacts.filter(account=account).exclude(email__contains="x").count()
    seen["in"] = contacts.filter(account__in=Account.objects.using("salesforce").filter(name="Django Ltd")).count()
    seen["dates"] = contacts.filter(created_date__gt="2001-01-01T00:00:00Z").exists()
    seen["values"] = list(contacts.filter(pk=got.pk).values_list("last_name", flat=True))
    grouped = contacts.filter(account=account).order_by().values("account_id").annotate(n=Count("id"))
    seen["grouped"] = [row["n"] for row in grouped]
    made = Contact.objects.using("salesforce").bulk_create(
        [Contact(last_name=f"Dj{n}", account=account) for n in range(230)]
    )
    seen["bulk"] = len(made)
    seen["paged"] = len(list(contacts.filter(last_name__startswith="Dj").order_by("last_name")[10:15]))
    seen["updated"] = contacts.filter(last_name__startswith="Dj1", account=account).update(first_name="Up")
    contacts.filter(last_name__in=[f"Dj{n}" for n in range(200)]).delete()
    seen["left"] = contacts.filter(last_name__startswith="Dj").count()
    seen["all_rows"] = contacts.filter(last_name__startswith="Dj").query_all().count()
    try:
        Contact(last_name="Bad", email="nonsense").save(using="salesforce")
    except SalesforceError as error:
        seen["refused"] = "INVALID_EMAIL_ADDRESS" in str(error)
    with connections["salesforce"].cursor() as cursor:
        cursor.execute("SELECT Name FROM Account WHERE Name = %s", ["Django Ltd"])
        seen["raw"] = cursor.fetchall()
    tables = connections["salesforce"].introspection.table_names()
    seen["tables"] = {"Lead", "Contact", "Account"} <= set(tables)
    account.delete()
    seen["gone"] = Account.objects.using("salesforce").filter(pk=account.pk).count()
    return seen


sys.stdout.write(json.dumps(main(), default=str) + "\n")
