"""The Salesforce twin: an org on loopback that answers the public HTTP APIs as the real one does."""
