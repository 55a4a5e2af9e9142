"""dlt's own REST client and loader read the CRM as its HubSpot source does; prints how many rows each table got."""

import json
import os
import sys

import dlt
from dlt.sources.rest_api import rest_api_source

source = rest_api_source(
    {
        "client": {
            "base_url": os.environ["TWIN_URL"] + "/crm/v3/",
            "auth": {"type": "bearer", "token": os.environ["TWIN_TOKEN"]},
            "paginator": {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"},
        },
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "merge",
            "endpoint": {"data_selector": "results"},
        },
        "resources": [
            {
                "name": "contacts",
                "endpoint": {
                    "path": "objects/contacts",
                    "params": {"limit": 100, "properties": "email,firstname", "associations": "companies"},
                },
            },
            {
                "name": "companies",
                "endpoint": {"path": "objects/companies", "params": {"limit": 100, "archived": "false"}},
            },
            {
                "name": "deals",
                "endpoint": {"path": "objects/deals", "params": {"limit": 50, "propertiesWithHistory": "dealstage"}},
            },
            {"name": "owners", "endpoint": {"path": "owners", "params": {"limit": 1}}},
            {"name": "pipelines", "endpoint": {"path": "pipelines/deals", "paginator": "single_page"}},
        ],
    }
)
pipeline = dlt.pipeline(
    "twin", destination=dlt.destinations.filesystem(bucket_url="out"), dataset_name="crm", pipelines_dir="state"
)
pipeline.run(source, loader_file_format="jsonl")
json.dump(pipeline.last_trace.last_normalize_info.row_counts, sys.stdout)
