"""How many API calls reading takes, beside the least possible number and beside connectors of others."""
