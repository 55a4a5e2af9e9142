"""The twin: a local Salesforce and a local HubSpot over one seeded world, for demos, tests and rehearsal.

It shares no code with the connectors, so that it cannot agree with their mistakes.
"""
