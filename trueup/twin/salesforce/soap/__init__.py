"""The SOAP partner API: log-in and the verbs that REST does not have."""
