"""SOAP as its clients use it: headers, dialects, the calls beyond records."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from salesforce_bench import Bench, make_side, served


@pytest.fixture
def bench() -> Iterator[Bench]:
    with served(make_side()) as made:
        yield made


def soap(bench: Bench, body: str, headers: str = "", letter: str = "u", version: str = "59.0") -> requests.Response:
    """Send a call with SOAP headers, in the dialect of a path's letter."""
    spaces = {
        "u": ("urn:partner.soap.sforce.com", "urn:sobject.partner.soap.sforce.com"),
        "c": ("urn:enterprise.soap.sforce.com", "urn:sobject.enterprise.soap.sforce.com"),
        "m": ("http://soap.sforce.com/2006/04/metadata", "x"),
    }[letter]
    text = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:u="{spaces[0]}" xmlns:s="{spaces[1]}"><e:Header>'
        f"<u:SessionHeader><u:sessionId>{bench.known['access_token']}</u:sessionId></u:SessionHeader>{headers}</e:Header>"
        f"<e:Body>{body}</e:Body></e:Envelope>"
    )
    how = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
    return requests.post(f"{bench.url}/services/Soap/{letter}/{version}", data=text.encode(), headers=how)


def lead(last: str, **more: str) -> str:
    given = "".join(f"<s:{k}>{v}</s:{k}>" for k, v in {"LastName": last, "Company": "C", **more}.items() if v)
    return f"<u:sObjects><s:type>Lead</s:type>{given}</u:sObjects>"


def test_a_partner_record_shows_its_id_before_its_fields_and_nil_when_not_asked_for(bench):
    made = bench.make("Account", Name="A")
    both = soap(bench, "<u:query><u:queryString>SELECT Id, Name FROM Account</u:queryString></u:query>").text
    assert f"<sf:type>Account</sf:type><sf:Id>{made}</sf:Id><sf:Id>{made}</sf:Id><sf:Name>A</sf:Name>" in both
    none = soap(bench, "<u:query><u:queryString>SELECT Name FROM Account</u:queryString></u:query>").text
    assert '<sf:type>Account</sf:type><sf:Id xsi:nil="true"/><sf:Name>A</sf:Name>' in none
    read = "<u:retrieve><u:fieldList>Name</u:fieldList><u:sObjectType>Account</u:sObjectType>"
    text = soap(bench, f"{read}<u:ids>{made}</u:ids></u:retrieve>").text
    assert f"<sf:Id>{made}</sf:Id><sf:Name>A</sf:Name>" in text


def test_the_enterprise_dialect_has_namespaces_and_types_of_its_own(bench):
    made = bench.make("Contact", LastName="L")
    query = "<u:query><u:queryString>SELECT Id, LastName FROM Contact</u:queryString></u:query>"
    text = soap(bench, query, letter="c").text
    assert 'xmlns="urn:enterprise.soap.sforce.com"' in text
    assert 'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"' in text
    assert f'<records xsi:type="sf:Contact"><sf:Id>{made}</sf:Id><sf:LastName>L</sf:LastName></records>' in text
    create = '<u:create><u:sObjects xsi:type="s:Contact"><s:LastName>M</s:LastName></u:sObjects></u:create>'
    assert "<success>true</success>" in soap(bench, create, letter="c").text
    user = f"<u:username>{bench.known['username']}</u:username><u:password>{bench.known['password']}</u:password>"
    assert "/services/Soap/c/59.0/" in soap(bench, f"<u:login>{user}</u:login>", letter="c").text
    assert "urn:fault.enterprise.soap.sforce.com" in soap(bench, "<u:nothing/>", letter="c").text


def test_all_or_none_undoes_what_went_well(bench):
    body = f"<u:create>{lead('A')}{lead('')}</u:create>"
    partly = soap(bench, body).text
    assert partly.count("<success>true</success>") == 1
    header = "<u:AllOrNoneHeader><u:allOrNone>true</u:allOrNone></u:AllOrNoneHeader>"
    text = soap(bench, body, header).text
    assert re.findall(r"<statusCode>(\w+)<", text) == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]  # fmt: skip
    assert bench.query("SELECT COUNT() FROM Lead")["totalSize"] == 1


def test_assignment_rules_run_in_soap_only_when_asked_for(bench):
    queue = bench.make("Group", Name="Inbound", Type="Queue")
    bench.side.set_switch("assignment_rules", {"Lead": [{"owner": queue}]})
    header = "<u:AssignmentRuleHeader><u:useDefaultRule>true</u:useDefaultRule></u:AssignmentRuleHeader>"
    soap(bench, f"<u:create>{lead('Plain')}</u:create>")
    soap(bench, f"<u:create>{lead('Ruled')}</u:create>", header)
    owners = bench.query("SELECT LastName, Owner.Type FROM Lead ORDER BY LastName")["records"]
    assert [r["Owner"]["Type"] for r in owners] == ["User", "Queue"] or [r["Owner"]["Type"] for r in owners] == [
        "User", "Group"]  # fmt: skip


def test_too_long_texts_are_cut_when_the_header_says_so(bench):
    body = f"<u:create>{lead('x' * 90)}</u:create>"
    assert "STRING_TOO_LONG" in soap(bench, body).text
    header = "<u:AllowFieldTruncationHeader><u:allowFieldTruncation>true</u:allowFieldTruncation></u:AllowFieldTruncationHeader>"
    assert "<success>true</success>" in soap(bench, body, header).text
    assert bench.query("SELECT LastName FROM Lead")["records"][0]["LastName"] == "x" * 80


def test_a_call_takes_two_hundred_records(bench):
    many = "".join(lead("L") for _ in range(201))
    fault = soap(bench, f"<u:create>{many}</u:create>")
    assert (fault.status_code, "EXCEEDED_ID_LIMIT" in fault.text) == (500, True)


def test_duplicates_of_records_are_found_by_their_ids_with_details(bench):
    bench.side.set_switch("duplicate_rules", {"Contact": {"match": ["Email"], "allow_save": True}})
    account = bench.make("Account", Name="Acme")
    first = bench.make("Contact", LastName="A", Email="a@a.example", AccountId=account, Phone="1")
    header = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    again = {"LastName": "B", "Email": "a@a.example"}
    second = bench.call("POST", "sobjects/Contact", json=again, headers=header).json()["id"]
    call = f"<u:findDuplicatesByIds><u:ids>{second}</u:ids></u:findDuplicatesByIds>"
    bare = soap(bench, call).text
    assert f"<sf:Id>{first}</sf:Id>" in bare
    assert "<sf:Phone>" not in bare
    header = (
        "<u:DuplicateRuleHeader><u:allowSave>false</u:allowSave><u:includeRecordDetails>true</u:includeRecordDetails>"
        "</u:DuplicateRuleHeader>"
    )
    full = soap(bench, call, header).text
    assert "<sf:Phone>1</sf:Phone>" in full
    assert f"<sf:Id>{account}</sf:Id>" in full
    rest = bench.call(
        "POST", "sobjects/Contact", json=again, headers={"Sforce-Duplicate-Rule-Header": "includeRecordDetails=true"}
    ).json()[0]
    found = rest["duplicateResut"]["matchResults"][0]["matchRecords"]
    assert {m["record"]["LastName"] for m in found} == {"A", "B"}


def test_tabs_layouts_and_themes_are_described(bench):
    tabs = soap(bench, "<u:describeTabs/>").text
    assert "<selected>true</selected>" in tabs
    assert "<sobjectName>Thing__c</sobjectName>" in tabs
    layout = soap(bench, "<u:describeLayout><u:sObjectType>Lead</u:sObjectType></u:describeLayout>").text
    assert "<value>LastName</value>" in layout
    for verb in ("describeAllTabs", "describeTheme"):
        assert soap(bench, f"<u:{verb}/>").status_code == 200


def test_a_password_set_is_the_password_from_then_on(bench):
    user = bench.side.known.user_id
    body = f"<u:setPassword><u:userId>{user}</u:userId><u:password>another-1</u:password></u:setPassword>"
    assert soap(bench, body).status_code == 200
    name = f"<u:username>{bench.known['username']}</u:username>"
    assert soap(bench, f"<u:login>{name}<u:password>another-1</u:password></u:login>").status_code == 200
    old = f"<u:login>{name}<u:password>{bench.known['password']}</u:password></u:login>"
    assert "INVALID_LOGIN" in soap(bench, old).text
    made = soap(bench, f"<u:resetPassword><u:userId>{user}</u:userId></u:resetPassword>").text
    new = re.findall("<password>(.*?)</password>", made)[0]
    assert soap(bench, f"<u:login>{name}<u:password>{new}</u:password></u:login>").status_code == 200
    by_rest = bench.call("POST", f"sobjects/User/{user}/password", json={"NewPassword": "short"})
    assert by_rest.json()[0]["errorCode"] == "INVALID_NEW_PASSWORD"
    assert bench.call("POST", f"sobjects/User/{user}/password", json={"NewPassword": "long-enough"}).status_code == 204


def test_sessions_are_invalidated_by_name(bench):
    name = f"<u:username>{bench.known['username']}</u:username><u:password>{bench.known['password']}</u:password>"
    token = re.findall("<sessionId>(.*?)<", soap(bench, f"<u:login>{name}</u:login>").text)[0]
    bearer = {"Authorization": f"Bearer {token}"}
    assert bench.call("GET", "limits", headers=bearer).status_code == 200
    body = f"<u:invalidateSessions><u:sessionIds>{token}</u:sessionIds></u:invalidateSessions>"
    assert "<success>true</success>" in soap(bench, body).text
    assert bench.call("GET", "limits", headers=bearer).status_code == 401


def test_the_converted_status_can_be_read_from_the_field_in_old_versions(bench):
    body = "<u:readMetadata><u:type>CustomField</u:type><u:fullNames>Lead.Status</u:fullNames></u:readMetadata>"
    old = soap(bench, body, letter="m", version="37.0").text
    values = re.findall(r"<picklistValues>(.*?)</picklistValues>", old)
    assert len(values) == 4
    assert [v for v in values if "<converted>" in v] == [
        "<fullName>Closed - Converted</fullName><default>false</default><converted>true</converted>"
    ]
    assert "<picklistValues>" not in soap(bench, body, letter="m").text
    own = body.replace("Lead.Status", "Lead.Tags__c")
    assert "<type>MultiselectPicklist</type>" in soap(bench, own, letter="m").text


def test_metadata_is_described_and_listed(bench):
    assert "<xmlName>CustomObject</xmlName>" in soap(bench, "<u:describeMetadata/>", letter="m").text
    body = "<u:listMetadata><u:queries><u:type>CustomObject</u:type></u:queries></u:listMetadata>"
    assert "<fullName>Thing__c</fullName>" in soap(bench, body, letter="m").text


def test_a_member_without_a_campaign_fails_twice(bench):
    person = bench.make("Contact", LastName="P")
    body = {"records": [{"attributes": {"type": "CampaignMember"}, "CampaignId": "", "ContactId": person}]}
    errors = bench.call("POST", "composite/sobjects", json=body).json()[0]["errors"]
    assert [set(e) for e in errors] == [{"statusCode", "message", "fields"}] * 2
    member = f"<u:sObjects><s:type>CampaignMember</s:type><s:CampaignId></s:CampaignId><s:ContactId>{person}</s:ContactId></u:sObjects>"
    text = soap(bench, f"<u:create>{member}</u:create>").text
    assert text.count("<errors>") == 2
    assert "<errors><message>" in text


@pytest.mark.parametrize(
    "body",
    [
        "<u:create><u:sObjects><s:type>Nope</s:type></u:sObjects></u:create>",
        "<u:retrieve><u:fieldList>Id</u:fieldList><u:sObjectType>Nope</u:sObjectType></u:retrieve>",
        "<u:getUpdated><u:sObjectType>Nope</u:sObjectType></u:getUpdated>",
        "<u:describeLayout><u:sObjectType>Nope</u:sObjectType></u:describeLayout>",
    ],
)
def test_an_unknown_object_is_a_fault_of_the_call(bench, body):
    answer = soap(bench, body)
    assert answer.status_code == 500
    assert "<faultcode>sf:INVALID_TYPE</faultcode>" in answer.text
    assert "sObject type &apos;Nope&apos; is not supported." in answer.text


def test_an_object_without_key_prefix_says_so_with_nil(bench):
    objects = soap(bench, "<u:describeGlobal/>").text.split("<sobjects>")[1:]
    assert all("<keyPrefix" in one for one in objects)
    (viewed,) = [one for one in objects if "<name>RecentlyViewed</name>" in one]
    assert '<keyPrefix xsi:nil="true"/>' in viewed
